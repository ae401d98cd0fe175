import stringWidth from 'string-width';
import { odooFindings } from '../src/why/ask-odoo';
import { Finding, WhyView } from '../src/why/shapes';
import { isWell, showWhy } from '../src/why/show';
import { captured } from './captured-output';
import { story, told } from './samples';

function shown(why: WhyView, { findings = why.findings, isAll = false, columns = 80 } = {}): string {
  const { output, text } = captured({ columns });
  showWhy(why, findings, output, isAll);
  return text();
}

const FINDING: Finding = {
  severity: 'error',
  code: 'ODOO_DOWN',
  system: 'paris',
  text: 'paris is down.',
  hint: 'Start it.',
};

describe('the story of a record', () => {
  it('begins with the verdict, and tells the event in order', () => {
    expect(shown(story())).toBe(
      [
        '✓ sale.order 42 is recorded.',
        '',
        'Event 17 of paris: write, high',
        '  2026-11-26T06:00:00Z  changed in Odoo',
        '  2026-11-26T06:00:00Z  came by push (its id there: 8)',
        '  2026-11-26T06:00:00Z  push recorded, by host-1',
        '  2026-11-26T06:00:30Z  came by pull (its id there: 10)',
        '  2026-11-26T06:00:30Z  pull known as the same change, and joined, by host-1',
        '                        (correlation run-9)',
        '  correlation request-1',
        '',
      ].join('\n'),
    );
  });

  it('says what was found and what to do before anything else', () => {
    const why = story({
      verdict: { code: 'NOT_ARRIVED', text: 'Nothing has arrived.' },
      events: [],
      findings: [FINDING],
    });

    expect(shown(why)).toBe('✗ Nothing has arrived.\n\nWhat was found\n✗ paris is down.\n  → Start it.\n');
    expect(isWell(why)).toBe(false);
  });

  it.each([
    ['QUEUED', '!'],
    ['RETRYING', '!'],
    ['RECORDED_NOT_DELIVERED', '!'],
    ['UNKNOWN', '!'],
    ['FAILED_JOB', '✗'],
    ['DEAD_LETTER', '✗'],
    ['A_VERDICT_OF_TOMORROW', '✗'],
  ])('marks %s with %s, and is not well with it', (code, mark) => {
    const why = story({ verdict: { code, text: 'So it is.' }, events: null });

    expect(shown(why)).toBe(`${mark} So it is.\n`);
    expect(isWell(why)).toBe(false);
  });

  it('tells the last three events, or all that there are', () => {
    const why = story({ events: [1, 2, 3, 4, 5].map((id) => told({ id: String(id) })) });

    expect(shown(why).match(/^Event \d/gm)).toEqual(['Event 3', 'Event 4', 'Event 5']);
    expect(shown(why)).toContain('2 older: --all shows them.');
    expect(shown(why, { isAll: true }).match(/^Event \d/gm)).toHaveLength(5);
  });

  it('tells what waits: in the queue, in the dead letters, in the outbox', () => {
    const queued = {
      ...{ queue: 'webhook-events', job_id: 'j1', state: 'delayed', attempts: 2, attempts_allowed: 8 },
      ...{ next_attempt_at: null, error: 'It failed.', operation: 'write', received_at: null, correlation_id: 'c1' },
    };
    const delivery = { event_id: '17', subscriber: 'shop', attempts: 3, last_error: '503', next_attempt_at: null };

    const text = shown(story({ queued: [queued], outbox: [delivery] }));

    expect(text).toMatch(/write, received never: delayed in webhook-events, attempt 2 of 8\n {4}It failed\./);
    expect(text).toMatch(/! not handed on to "shop" yet: 3 attempts \(503\)/);
  });

  it('tells of each event where it was sent, and what became of that', () => {
    const sent = {
      id: '1',
      subscription: 'shop',
      event_id: '17',
      attempts: 1,
      next_attempt_at: null,
      last_status: 200,
    };
    const common = { ...sent, last_error: null, closed_at: '2026-01-26T06:01:00Z', under_way: false };
    const failed = { ...common, state: 'waiting', attempts: 3, last_status: 503, closed_at: null };
    const deliveries = [
      { ...common, state: 'delivered' },
      { ...common, id: '2', state: 'dead', attempts: 12, last_error: 'It answered 500.' },
      { ...common, id: '3', state: 'discarded' },
      { ...failed, id: '4', next_attempt_at: '2026-01-26T06:09:00Z' },
      { ...failed, id: '5', attempts: 0, last_status: null },
      { ...failed, id: '6', under_way: true },
      { ...failed, id: '7', event_id: '18' },
    ];

    const lines = shown(story({ deliveries }), { columns: 120 }).split('\n');

    expect(lines.filter((line) => line.includes('(delivery '))).toEqual([
      '  ✓ delivered to "shop" 2026-01-26, 1 attempt (delivery 1)',
      '  ✗ not delivered to "shop": given up 2026-01-26, 12 attempts, the last: It answered 500. (delivery 2)',
      '  · not sent to "shop": discarded 2026-01-26 (delivery 3)',
      '  ! not delivered to "shop" yet: 3 attempts, the last: status 503, next due (delivery 4)',
      '  ! waits to be sent to "shop" (delivery 5)',
      '  ! being sent to "shop" just now (delivery 6)',
    ]);
  });

  it('is told of a gateway that knows no deliveries', () => {
    const { deliveries: _none, ...older } = story();

    expect(shown(older)).toContain('Event 17');
  });

  it.each([60, 80, 120])('fits into %i columns', (columns) => {
    const long = { ...FINDING, text: 'a word and '.repeat(40), hint: 'another word '.repeat(30) };
    const text = shown(story({ verdict: { code: 'RECORDED', text: 'It is so '.repeat(30) } }), {
      findings: [long],
      columns,
    });

    expect(Math.max(...text.split('\n').map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
  });
});

describe('what Odoo itself says', () => {
  const system = { id: 'paris', pull: { last_event_id: 100 } } as NonNullable<WhyView['systems']>[number];
  const missing = story({ verdict: { code: 'NOT_ARRIVED', text: '' }, systems: [system] });
  const held = (ids: number[], allSeen = true) => [{ system: 'paris', held: { ids, newestAt: null, allSeen } }];

  it.each([
    ['a pull for what is before it', [101], 'ODOO_HOLDS', /bridgecore pull paris/],
    ['a sweep for what is behind the cursor', [99, 101], 'ODOO_HOLDS', /bridgecore sweep paris/],
    ['to look at the rules when there is nothing', [], 'ODOO_HOLDS_NOTHING', /webhook rule/],
  ])('advises %s', (_what, ids, code, hint) => {
    expect(odooFindings(held(ids), missing)).toEqual([
      expect.objectContaining({ code, hint: expect.stringMatching(hint) as string }),
    ]);
  });

  it('advises nothing when not all was looked through, or all is well', () => {
    const [unsure] = odooFindings(held([], false), missing);
    const [well] = odooFindings(held([]), story());

    expect([unsure?.hint, well?.hint]).toEqual([null, null]);
    expect(unsure?.text).toContain('it holds more');
  });

  it('is a finding and no failure when it cannot be asked', () => {
    const found = odooFindings([{ system: 'paris', problem: 'Odoo has not answered within 10 s.' }], missing);

    expect(found).toMatchObject([{ severity: 'info', code: 'ODOO_NOT_ASKED' }]);
  });
});
