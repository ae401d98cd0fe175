import { showLogLine } from '../src/start/log-line';
import { type Paint, paintFor } from '../src/start/terminal';

const plain: Paint = (_, text) => text;
const show = (entry: object): string | null => showLogLine(JSON.stringify(entry), 'worker', plain);

const recorded = {
  level: 'debug',
  message: 'event.recorded',
  timestamp: '2026-11-23T10:20:30.456Z',
  origin: 'push',
  system: 'odoo',
  model: 'sale.order',
  record_id: 42,
  operation: 'write',
  priority: 'high',
  push_id: '17',
  pull_id: null,
  event_id: '5',
  correlation_id: 'c7a63be1-0000',
};

describe('showLogLine', () => {
  it('does nothing to the terminal, whatever names and failures hold, and stays one line', () => {
    const hostile = 'a\u001b[2Jb\u009b2Jc\u202ed\ne';

    const lines = [
      show({ ...recorded, model: hostile }),
      show({ ...recorded, level: 'error', message: 'job.failed', error: { message: hostile } }),
      show({ ...recorded, level: 'error', message: 'job.failed', error: hostile }),
    ];

    for (const line of lines) expect(line).toMatch(/a.\[2Jb.2Jc.d e/u);
    expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('shows what was sent to whom, and why it was not taken', () => {
    const tried = { subscription: 'shop', delivery_id: '17', event_id: '5', model: 'sale.order', record_id: 42 };
    const done = {
      ...tried,
      level: 'info',
      message: 'delivery.done',
      outcome: 'delivered',
      status: 204,
      duration_ms: 31,
    };
    const next = { status: 500, attempt: 2, next_attempt_at: '2026-11-23T10:20:45Z', error: 'It answered 500.' };
    const failed = { ...done, ...next, level: 'warn', message: 'delivery.failed', outcome: 'refused' };

    expect(show(done)).toMatch(/ {2}send {2}delivered {2}to shop {4}sale\.order 42 {15}31 ms {2}delivery 17$/);
    expect(show(failed)).toMatch(
      /refused .*status 500, It answered 500\., try 2, again at \d\d:\d\d:45 {2}delivery 17$/,
    );
    expect(show({ ...failed, event_id: null, next_attempt_at: null })).toMatch(/to shop {4}a test .*try 2, given up/);
  });

  it('shows an event in columns', () => {
    const words = show(recorded)?.split(/\s{2,}/);

    expect(words?.slice(1)).toEqual([
      'push',
      'new',
      'odoo',
      'sale.order 42',
      'write',
      'high',
      'push 17 event 5',
      'c7a63be1',
    ]);
  });

  it.each([
    ['event.joined', 'joined'],
    ['event.repeat', 'repeated'],
  ])('calls %s "%s", in the same columns', (message, word) => {
    const line = show({ ...recorded, message });

    expect(line).toContain(`  ${word}`);
    expect(line?.indexOf('sale.order')).toBe(show(recorded)?.indexOf('sale.order'));
  });

  it('shows a warning with its fields and the reason, and nothing of the stack', () => {
    const line = show({
      level: 'warn',
      message: 'pull.failed',
      system: 'odoo',
      error: { message: 'Odoo is away', stack: 'at x' },
    });

    expect(line).toMatch(/worker +warn +pull\.failed system=odoo Odoo is away$/);
  });

  it.each(['redis.up', 'redis.keeps', 'redis.durable', 'postgres.up', 'queue.resumed', 'odoo.breaker_closed'])(
    'shows the end of a trouble that it has shown: %s',
    (message) => {
      expect(show({ level: 'info', message })).toMatch(new RegExp(`worker +info +${message}$`));
    },
  );

  it.each([
    [{ done: 100, total: 250, created: 80, skipped: 20 }, '100 of 250: created 80, skipped 20'],
    [{ done: 15, total: 15, dry_run: true, created: 15 }, '15 of 15: would create 15'],
    [{ done: 2, total: 2, updated: 2, conflicts: 1 }, '2 of 2: updated 2, conflicts 1'],
  ])('shows a page of a sync: %j', (page, said) => {
    const counts = { created: 0, updated: 0, skipped: 0, failed: 0, conflicts: 0 };
    const about = { source: 'demo', target: 'demo-b', model: 'res.partner', correlation_id: 'c7a63be1-0000' };

    const line = show({ level: 'info', message: 'sync.page', ...about, ...counts, ...page });

    expect(line?.split(/\s{2,}/).slice(1)).toEqual(['sync', 'page', 'demo → demo-b', 'res.partner', said, 'c7a63be1']);
  });

  it.each([
    [{ message: 'job.done', created: 3, reverse: { updated: 2 } }, 'done', 'created 3; back: updated 2'],
    [{ message: 'job.done', created: 0, dry_run: true }, 'done', 'nothing to do'],
    [{ message: 'job.done', reason: 'it was done before' }, 'done', 'it was done before'],
    [{ message: 'job.failed', level: 'error', retry: false, error: { message: 'No RPC' } }, 'failed', 'No RPC'],
    [{ message: 'job.failed', retry: true, error: { message: 'Away' } }, 'failed', 'Away (it is tried again)'],
  ])('shows the end of a sync, with its id: %j', (end, outcome, said) => {
    const about = { queue: 'data-sync', job_id: 'the-id', source: 'demo', target: 'demo-b', model: 'res.partner' };

    const words = show({ level: 'info', ...about, ...end })?.split(/\s{2,}/);

    expect(words?.slice(1)).toEqual(['sync', outcome, 'demo → demo-b', 'res.partner', said, 'job the-id']);
  });

  it('shows a sync that the queue has given up, of which it knows the id only', () => {
    const line = show({
      level: 'error',
      message: 'job.failed',
      queue: 'data-sync',
      job_id: 'the-id',
      error: 'stalled',
    });

    expect(line?.split(/\s{2,}/).slice(1)).toEqual(['sync', 'failed', 'stalled', 'job the-id']);
  });

  it('leaves out a page that has come to nothing, as the first line of a run', () => {
    expect(show({ level: 'info', message: 'sync.page', done: 0, total: 15, created: 0, skipped: 0 })).toBeNull();
  });

  it('shows the end of no other job', () => {
    expect(show({ level: 'info', message: 'job.done', queue: 'odoo-pull' })).toBeNull();
  });

  describe('of a connection check', () => {
    const check = { level: 'info', message: 'system.check', system: 'demo', correlation_id: 'c', duration_ms: 7 };

    it.each(['degraded', 'down'])('shows what is wrong when it is %s', (outcome) => {
      const line = show({
        ...check,
        level: 'warn',
        outcome,
        problems: ['It is away.', 'Look at it.'],
        reachable: true,
      });

      expect(line?.split(/\s{2,}/).slice(1)).toEqual(['check', outcome, 'demo', 'It is away. Look at it.']);
    });

    it('shows once that all is well', () => {
      const well = {
        ...check,
        outcome: 'ok',
        problems: [],
        rpc: { configured: true, accepted: true, version: '19.0' },
      };

      expect(show({ ...well, changed: true })).toMatch(/demo {6}its addon .*, its RPC too \(Odoo 19\.0\)$/);
      expect([show({ ...well, changed: false }), show({ ...check, outcome: 'skipped' })]).toEqual([null, null]);
    });
  });

  it('shows what is not a log line as it is: a crash must be seen', () => {
    expect(showLogLine('Error: Cannot find module', 'worker', plain)).toMatch(/worker +Error: Cannot find module$/);
  });

  it('leaves out what is neither an event nor trouble', () => {
    expect([show({ level: 'info', message: 'worker.started' }), showLogLine('', 'worker', plain)]).toEqual([
      null,
      null,
    ]);
  });
});

describe('paintFor', () => {
  it.each([
    ['a terminal', { isTTY: true }, {}, '\u001b[31mx\u001b[0m'],
    ['a file', {}, {}, 'x'],
    ['NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }, 'x'],
    ['a dumb terminal', { isTTY: true }, { TERM: 'dumb' }, 'x'],
  ])('decides for %s', (_, stream, env, expected) => {
    expect(paintFor(stream, env)('red', 'x')).toBe(expected);
  });
});
