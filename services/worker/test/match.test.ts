import { WebhookEvent } from '@bridgecore/contracts';
import { joinedRows, match, newRows } from '../src/record/match';
import { dated, pulled, pushed } from './worker-stack';

/** Settles batches one after another as PostgreSQL would, and tells each arrival's outcome and the final rows. */
function settle(...batches: WebhookEvent[][]): { outcomes: string[]; rows: string[]; reused: number } {
  const stored: Parameters<typeof match>[0][number][] = [];
  const outcomes: string[] = [];
  let reused = 0;
  for (const batch of batches) {
    const matches = match(stored, batch);
    for (const row of newRows(matches)) {
      row.id = String(stored.length + 1);
      stored.push(row);
    }
    outcomes.push(...matches.map(({ outcome }) => outcome));
    reused += matches.filter(({ originIdReused }) => originIdReused).length;
  }
  return { outcomes, rows: stored.map(({ push_id, pull_id }) => `${push_id ?? '-'}/${pull_id ?? '-'}`), reused };
}

describe('rule 1: the same arrival again', () => {
  it.each([
    ['a push that comes again', [pushed(5)], [pushed(5)]],
    ['a row that is pulled again', [pulled(5)], [pulled(5)]],
    [
      'the scheduled copy of an instant push, with another priority',
      [pushed(5, { payload: dated(1) })],
      [pushed(5, { payload: dated(1) })],
    ],
    ['an event twice in one batch', [pushed(5), pushed(5)], []],
  ])('is a repeat: %s', (_, first, second) => {
    expect(settle(first, second)).toMatchObject({ outcomes: ['recorded', 'repeat'], rows: [expect.any(String)] });
  });

  it('is a repeat when a job runs twice and the push has no id of any kind', () => {
    const event = pushed(null, { timestamp: '' });

    expect(settle([event], [event]).outcomes).toEqual(['recorded', 'repeat']);
  });

  it('is a repeat when the job runs again after its push has joined a pulled row', () => {
    const event = pushed(null);

    expect(settle([pulled(9)], [event], [event]).outcomes).toEqual(['recorded', 'joined', 'repeat']);
  });
});

describe('rule 2: twins', () => {
  it.each([
    ['push first', [pushed(5, { payload: dated(1) })], [pulled(900, { payload: dated(1) })]],
    ['pull first', [pulled(900, { payload: dated(1) })], [pushed(5, { payload: dated(1) })]],
    ['both in one batch', [pushed(5, { payload: dated(1) }), pulled(900, { payload: dated(1) })], []],
  ])('join by content, whatever their ids: %s', (_, first, second) => {
    expect(settle(first, second)).toEqual({ outcomes: ['recorded', 'joined'], rows: ['5/900'], reused: 0 });
  });

  it('join although hours lie between their timestamps when they are dated', () => {
    const late = pulled(900, { payload: dated(1), timestamp: '2026-11-23T16:22:26' });

    expect(settle([pushed(5, { payload: dated(1) })], [late]).rows).toEqual(['5/900']);
  });

  it('join without a date when their timestamps are 2 s apart, and not when they are 3 s apart', () => {
    const at = (second: number) => pulled(900, { timestamp: `2026-11-23T06:22:${second}` });

    expect(settle([pushed(5)], [at(28)]).rows).toEqual(['5/900']);
    expect(settle([pushed(5)], [at(29)]).rows).toEqual(['5/-', '-/900']);
  });

  it('never are a push 5 and a pull 5 of different content', () => {
    expect(settle([pushed(5, { payload: { a: 1 } })], [pulled(5, { payload: { a: 2 } })]).rows).toEqual(['5/-', '-/5']);
  });

  it('pair the k-th with the k-th in time order, whatever the order in the batch', () => {
    const at = (second: number) => ({ timestamp: `2026-11-23T06:22:${second}` });

    const { rows } = settle([pushed(1, at(10)), pushed(2, at(11))], [pulled(8, at(11)), pulled(7, at(10))]);

    expect(rows).toEqual(['1/7', '2/8']);
  });

  it('have one partner only: a third equal row is an event of its own', () => {
    expect(settle([pushed(5)], [pulled(7)], [pulled(8)]).rows).toEqual(['5/7', '-/8']);
  });

  it('keep the first receipt, and take time, priority, category and user from the pull', () => {
    const push = pushed(5, { timestamp: '2026-11-23T06:22:27', arrival: { received_at: '2026-11-23T06:22:27.500Z' } });
    const pull = pulled(9, { arrival: { received_at: '2026-11-23T06:23:00.000Z' } });

    for (const batch of [
      [push, pull],
      [pull, push],
    ]) {
      expect(match([], batch)[0]?.row).toMatchObject({
        ...{ push_id: '5', pull_id: '9', received_at: '2026-11-23T06:22:27.500Z', priority: 'medium', user_id: 2 },
        ...{ occurred_at: '2026-11-23T06:22:26.000Z', push_occurred_at: '2026-11-23T06:22:27.000Z' },
        ...{ pushed_at: '2026-11-23T06:22:27.500Z', pulled_at: '2026-11-23T06:23:00.000Z' },
      });
    }
  });
});

describe('rule 3: a dated push under a second push id', () => {
  it('is a repeat, also when its content was only pulled and joined before', () => {
    const payload = dated(1);

    expect(settle([pushed(5, { payload })], [pushed(6, { payload })]).rows).toEqual(['5/-']);
    expect(settle([pulled(9, { payload })], [pushed(5, { payload }), pushed(6, { payload })]).outcomes).toEqual([
      ...['recorded', 'joined', 'repeat'],
    ]);
  });

  it('does not hold without a date: two equal states may be two changes', () => {
    expect(settle([pushed(5)], [pushed(6)]).rows).toEqual(['5/-', '6/-']);
  });
});

describe('rule 4: a push with neither id nor date', () => {
  it('is a repeat when its idempotency key is', () => {
    const push = (idempotency_key: string) => pushed(null, { timestamp: '', arrival: { idempotency_key } });

    expect(settle([push('a')], [push('a')], [push('b')]).outcomes).toEqual(['recorded', 'repeat', 'recorded']);
  });

  it('is new when its idempotency key was used for something else: a client with a constant key loses nothing', () => {
    const push = (n: number) => pushed(null, { timestamp: '', payload: { n }, arrival: { idempotency_key: 'always' } });

    expect(settle([push(1)], [push(2)], [push(1)], [push(2)]).outcomes).toEqual([
      'recorded',
      'recorded',
      'repeat',
      'repeat',
    ]);
  });

  it('is a repeat when its content and its timestamp are, also after its twin has replaced the time', () => {
    const push = () => pushed(null, { timestamp: '2026-11-23T06:22:27' });

    expect(settle([push()], [push()]).outcomes).toEqual(['recorded', 'repeat']);
    expect(settle([push()], [pulled(9)], [push()]).outcomes).toEqual(['recorded', 'joined', 'repeat']);
  });

  it('is an event of its own when it has nothing to be known by', () => {
    const push = () => pushed(null, { timestamp: '' });

    expect(settle([push()], [push()]).outcomes).toEqual(['recorded', 'recorded']);
  });
});

describe('rule 5: everything else', () => {
  it('is new: two pulled rows with different ids, however equal', () => {
    expect(settle([pulled(7, { payload: dated(1) }), pulled(8, { payload: dated(1) })]).rows).toEqual(['-/7', '-/8']);
  });

  it('is new and a warning when an origin id comes again with other content', () => {
    const { outcomes, reused } = settle([pulled(7, { payload: { a: 1 } })], [pulled(7, { payload: { a: 2 } })]);

    expect(outcomes).toEqual(['recorded', 'recorded']);
    expect(reused).toBe(1);
  });

  it('inserts a row that was joined within its own batch, and updates only stored ones', () => {
    const matches = match([], [pushed(5), pulled(9)]);

    expect(newRows(matches)).toHaveLength(1);
    expect(joinedRows(matches)).toEqual([]);
  });
});
