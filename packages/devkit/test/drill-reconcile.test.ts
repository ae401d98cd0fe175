import type { EventRow, Evidence, Letter } from '../src/drill/evidence';
import type { OdooChange, SentEvent } from '../src/drill/ledger';
import { reconcile } from '../src/drill/reconcile';
import { overtaken, robbed } from '../src/drill/runs';

const change = (different: Partial<OdooChange> = {}): OdooChange => ({
  ...{ pull_id: 10, push_ids: [5], accepted: [5], poison: 'none', at: 0, is_acknowledged: true },
  ...different,
});
const row = (different: Partial<EventRow> = {}): EventRow => ({
  ...{ id: '1', system: 'lyon', push_id: '5', pull_id: '10', marker: null, recorded_at: 0 },
  ...different,
});
const letter = (different: Partial<Letter> = {}): Letter => ({
  ...{ id: '1', system: 'lyon', origin: 'pull', origin_id: '10', marker: null, status: 'open', reason: '22P05' },
  ...different,
});
const sent = (different: Partial<SentEvent> = {}): SentEvent => ({
  ...{ marker: 'drill-lyon-1', event_id: 'drill-lyon-1', poison: 'none', is_rejected: false, accepted_at: 1 },
  ...different,
});

function checks(changes: OdooChange[], found: Partial<Evidence>, events: SentEvent[] = []): string[] {
  const ledger = { changes: new Map([['lyon', changes]]), sent: events, sentTo: 'lyon' };
  return reconcile(ledger, { rows: [], letters: [], commits: [], ...found }).map(({ check }) => check);
}

describe('what the drill finds of an Odoo', () => {
  it.each([
    ['nothing when each event is one row', [change()], { rows: [row()] }, []],
    [
      'nothing when it is a dead letter on both ways, and had to be',
      [change({ poison: 'always' })],
      { letters: [letter(), letter({ id: '2', origin: 'push', origin_id: '5' })] },
      [],
    ],
    [
      'nothing when a letter was replayed',
      [change({ push_ids: [], accepted: [] })],
      {
        rows: [row({ push_id: null })],
        letters: [letter({ status: 'replayed' })],
      },
      [],
    ],
    ['nothing when a push that got no answer is there', [change({ accepted: [] })], { rows: [row()] }, []],
    ['a loss', [change({ push_ids: [], accepted: [], is_acknowledged: false })], {}, ['lost', 'unacknowledged']],
    ['a loss that was acknowledged', [change({ push_ids: [], accepted: [] })], {}, ['lost', 'unbacked']],
    ['the loss of an accepted push', [change()], { rows: [row({ push_id: null })] }, ['lost']],
    [
      'a letter that was replayed and is not there',
      [change({ push_ids: [], accepted: [] })],
      {
        letters: [letter({ status: 'replayed' })],
      },
      ['lost', 'unbacked'],
    ],
    ['a row too many', [change()], { rows: [row(), row({ id: '2', push_id: null })] }, ['doubled']],
    ['a row and a letter', [change({ poison: 'always' })], { rows: [row()], letters: [letter()] }, ['doubled']],
    ['a good event that is a letter', [change({ push_ids: [], accepted: [] })], { letters: [letter()] }, ['buried']],
    [
      'twins that are two rows',
      [change()],
      {
        rows: [row({ push_id: null }), row({ id: '2', pull_id: null })],
      },
      ['doubled'],
    ],
    [
      'a row that nothing stands behind',
      [change()],
      { rows: [row(), row({ id: '2', push_id: '6', pull_id: null })] },
      ['surplus'],
    ],
    [
      'the same id in another system',
      [change()],
      { rows: [row({ system: 'paris' })] },
      ['lost', 'unbacked', 'lost', 'surplus'],
    ],
  ])('%s', (_, changes, found, expected) => {
    expect(checks(changes, found)).toEqual(expected);
  });
});

describe('what the drill finds of other clients', () => {
  const mine = row({ push_id: 'drill-lyon-1', pull_id: null, marker: 'drill-lyon-1' });

  it.each([
    ['nothing when it is one row', sent(), { rows: [mine] }, []],
    [
      'a good event that is a letter',
      sent(),
      { letters: [letter({ origin: 'push', marker: 'drill-lyon-1' })] },
      ['buried'],
    ],
    [
      'nothing when it is one letter, and had to be',
      sent({ poison: 'always' }),
      { letters: [letter({ origin: 'push', marker: 'drill-lyon-1' })] },
      [],
    ],
    ['nothing when it got no answer and is not there', sent({ accepted_at: null }), {}, []],
    ['nothing when it got no answer and is there', sent({ accepted_at: null }), { rows: [mine] }, []],
    ['a loss', sent(), {}, ['lost']],
    ['a double', sent({ event_id: null }), { rows: [mine, { ...mine, id: '2' }] }, ['doubled']],
  ])('%s', (_, event, found, expected) => {
    expect(checks([], found, [event])).toEqual(expected);
  });
});

describe('what the drill finds of pull runs', () => {
  const commits = (fence: number, first: number, last: number, system = 'lyon') => ({
    ...{ system, fence, correlation_id: 'a', first, last },
  });
  const run = { service: 'worker-1', system: 'lyon', from: 1_000, to: 2_000, correlation_id: 'a', has_lost_lock: true };
  const disturbance = { fault: 'worker:pause', victim: 'worker-1', from: 1_500, to: 1_800 };

  it('a commit after a later run has begun', () => {
    expect(overtaken([commits(1, 1, 5), commits(2, 6, 9)])).toEqual([]);
    expect(overtaken([commits(1, 1, 5), commits(2, 3, 9, 'paris')])).toEqual([]);
    expect(overtaken([commits(2, 3, 4), commits(1, 1, 5)])).toHaveLength(1);
    expect(overtaken([commits(2, 1, 4), commits(1, 5, 6)])).toHaveLength(1);
  });

  it('a lock that was lost though nothing had happened', () => {
    expect(robbed([run], [disturbance])).toEqual([]);
    expect(robbed([run], [{ ...disturbance, victim: 'redis', to: 1_600 }])).toEqual([]);
    expect(robbed([{ ...run, has_lost_lock: false }], [])).toEqual([]);
    expect(robbed([run], [{ ...disturbance, victim: 'worker-2' }])).toHaveLength(1);
    expect(robbed([run], [{ ...disturbance, from: 100, to: 200 }])).toHaveLength(1);
  });
});
