import { WebhookEvent } from '@bridgecore/contracts';
import { beginRun } from '../src/pull/cursor';
import { record } from '../src/record/record';
import { clear, dated, openWorkerStack, pulled, pushed, WorkerStack } from './worker-stack';

let stack: WorkerStack;

beforeAll(async () => {
  stack = await openWorkerStack({ max: 16 });
});
afterAll(() => stack.close());
beforeEach(() => clear(stack.pool));

const IDS = 'select push_id, pull_id from webhook_events order by id';
const outcomes = (recorded: { outcome: string }[]): string[] => recorded.map(({ outcome }) => outcome);

describe('record', () => {
  it('stores an event with everything that it says, and an audit row that leads to it', async () => {
    const event = pushed(5, { payload: { id: 1, note: false, state: 'sale', _changed_fields: ['state'] } });

    const [recorded] = await record('odoo', [event], stack);

    const [row] = await stack.rows('select * from webhook_events');
    expect(row).toMatchObject({
      ...{ id: recorded?.event_id, system: 'odoo', model: 'sale.order', record_id: 1, operation: 'write' },
      ...{ occurred_at: new Date('2026-11-23T06:22:26Z'), received_at: new Date('2026-11-23T07:00:00Z') },
      ...{ priority: 'high', category: 'business', changed_fields: ['state'], push_id: '5', pull_id: null },
      ...{ data: { id: 1, note: null, state: 'sale', _changed_fields: ['state'] }, key_id: 'push', is_test: false },
      ...{ pushed_at: new Date('2026-11-23T07:00:00Z'), pulled_at: null, correlation_id: 'c-1' },
    });
    expect(
      await stack.rows('select action, outcome, event_id, correlation_id, key_id, detail from audit_logs'),
    ).toEqual([
      {
        ...{ action: 'event.push', outcome: 'recorded', event_id: row?.['id'], correlation_id: 'c-1', key_id: 'push' },
        detail: { push_id: '5' },
      },
    ]);
  });

  it('notes in the audit which run has brought an event', async () => {
    const { fence } = await beginRun(stack.pool, 'odoo');

    await record('odoo', [pulled(102)], stack, { fence, cursor: 102 });

    expect(await stack.rows('select action, detail from audit_logs')).toEqual([
      { action: 'event.pull', detail: { pull_id: '102', fence } },
    ]);
  });

  it('records once when telling `seen` fails after the commit and the push comes again', async () => {
    const add = jest.fn().mockRejectedValueOnce(new Error('Redis is away')).mockResolvedValue(undefined);
    const seen = { has: () => Promise.resolve([false]), add };

    const first = await record('odoo', [pushed(5)], { ...stack, seen });
    const again = await record('odoo', [pushed(5)], { ...stack, seen });

    expect([outcomes(first), outcomes(again)]).toEqual([['recorded'], ['repeat']]);
    expect(await stack.rows(IDS)).toHaveLength(1);
  });

  it('tells `seen` only after the commit', async () => {
    const add = jest.fn().mockResolvedValue(undefined);
    const { fence } = await beginRun(stack.pool, 'odoo');
    await beginRun(stack.pool, 'odoo');

    const late = record('odoo', [pulled(1)], { ...stack, seen: { ...stack.seen, add } }, { fence, cursor: 1 });

    await expect(late).rejects.toMatchObject({ code: 'FENCE_LOST' });
    expect(add).not.toHaveBeenCalled();
    expect(await stack.rows(IDS)).toEqual([]);
  });

  it('joins twins in the database, in both orders and in one batch', async () => {
    await record('odoo', [pushed(1, { payload: dated(1) }), pulled(102, { payload: dated(2) })], stack);
    await record('odoo', [pulled(101, { payload: dated(1) }), pushed(2, { payload: dated(2) })], stack);
    await record('odoo', [pushed(3, { payload: dated(3) }), pulled(103, { payload: dated(3) })], stack);

    expect(await stack.rows(IDS)).toEqual([
      ...[
        { push_id: '1', pull_id: '101' },
        { push_id: '2', pull_id: '102' },
        { push_id: '3', pull_id: '103' },
      ],
    ]);
  });

  it('writes twins of one batch once', async () => {
    await record('odoo', [pushed(3, { payload: dated(3) }), pulled(103, { payload: dated(3) })], stack);

    expect(await stack.rows('select ctid::text from webhook_events')).toEqual([{ ctid: '(0,1)' }]);
  });

  it('keeps equal events of two systems apart', async () => {
    const elsewhere = { arrival: { system: 'other' } };

    await record('odoo', [pushed(5)], stack);
    await record('other', [pushed(5, elsewhere), pulled(9, elsewhere)], stack);

    expect(await stack.rows(IDS)).toEqual([
      { push_id: '5', pull_id: null },
      { push_id: '5', pull_id: '9' },
    ]);
  });

  it('warns in the audit when an origin id comes again with other content', async () => {
    await record('odoo', [pulled(7, { payload: { a: 1 } })], stack);
    await record('odoo', [pulled(7, { payload: { a: 2 } })], stack);

    expect(await stack.rows(IDS)).toHaveLength(2);
    expect(await stack.rows(`select outcome, event_id from audit_logs where action = 'origin_id_reused'`)).toEqual([
      { outcome: 'warning', event_id: '2' },
    ]);
  });

  it('makes the month of the audit when nobody has, and goes on', async () => {
    await stack.pool.query(`do $$ declare name text; begin
      for name in select inhrelid::regclass::text from pg_inherits where inhparent = 'audit_logs'::regclass loop
        execute 'drop table ' || name; end loop; end $$`);

    expect(outcomes(await record('odoo', [pushed(5)], stack))).toEqual(['recorded']);
    expect(await stack.rows('select 1 from audit_logs')).toHaveLength(1);
    expect(await stack.rows('select 1 from dead_letters')).toHaveLength(0);
  });

  it('buries just what PostgreSQL refuses, and records the rest with the cursor', async () => {
    const { fence } = await beginRun(stack.pool, 'odoo');
    const poison = (id: number) => pulled(id, { payload: { id, name: 'a\u0000b' }, record_id: id });
    const fine = (id: number) => pulled(id, { payload: { id }, record_id: id });
    const page = [fine(1), poison(2), fine(3), fine(4), poison(5), fine(6), fine(7)];

    const recorded = await record('odoo', page, stack, { fence, cursor: 7 });

    expect(outcomes(recorded)).toEqual(['recorded', 'dead', 'recorded', 'recorded', 'dead', 'recorded', 'recorded']);
    expect(await stack.rows('select pull_id from webhook_events order by pull_id')).toHaveLength(5);
    expect(
      await stack.rows('select origin, origin_id, reason, model, record_id, status from dead_letters order by id'),
    ).toEqual([
      { origin: 'pull', origin_id: '2', reason: '22P05', model: 'sale.order', record_id: 2, status: 'open' },
      { origin: 'pull', origin_id: '5', reason: '22P05', model: 'sale.order', record_id: 5, status: 'open' },
    ]);
    expect(await stack.rows('select last_event_id from pull_cursors')).toEqual([{ last_event_id: '7' }]);
  });

  it('counts a further attempt when the same poison comes again', async () => {
    const poison = () => pushed(5, { payload: { name: '\ud800' } });

    await record('odoo', [poison()], stack);
    await record('odoo', [poison()], stack);

    expect(await stack.rows('select attempts, reason from dead_letters')).toEqual([{ attempts: 2, reason: '22P02' }]);
  });
});

describe('record, from many connections at once', () => {
  /** Every event as push and as pull, each twice, in batches cut anew for each writer. */
  function writers(count: number): WebhookEvent[][] {
    const numbers = Array.from({ length: count }, (_, index) => index + 1);
    const forms = [
      numbers.map((n) => pushed(n, { payload: dated(n), record_id: n })),
      numbers.map((n) => pulled(n + 500, { payload: dated(n), record_id: n })),
      numbers.map((n) => pushed(n, { payload: dated(n), record_id: n })).reverse(),
      numbers.map((n) => pulled(n + 500, { payload: dated(n), record_id: n })).reverse(),
    ];
    return forms.flatMap((events, form) => cut(events, 3 + form * 2));
  }

  function cut<T>(items: T[], size: number): T[][] {
    return items.length === 0 ? [] : [items.slice(0, size), ...cut(items.slice(size), size)];
  }

  it('joins all twins and doubles none', async () => {
    const batches = writers(60);

    await Promise.all(batches.map((batch) => record('odoo', batch, stack)));

    const rows = await stack.rows<{ push_id: string; pull_id: string }>(IDS);
    expect(rows).toHaveLength(60);
    expect(rows.filter(({ push_id, pull_id }) => Number(push_id) + 500 !== Number(pull_id))).toEqual([]);
  });

  it('gives undated twins each one partner', async () => {
    const copies = Array.from({ length: 20 }, (_, index) => index + 1);

    await Promise.all(
      copies.flatMap((n) => [record('odoo', [pushed(n)], stack), record('odoo', [pulled(n + 100)], stack)]),
    );

    const rows = await stack.rows<{ push_id: string | null; pull_id: string | null }>(IDS);
    expect(rows).toHaveLength(20);
    expect(new Set(rows.map(({ push_id }) => push_id)).size).toBe(20);
    expect(new Set(rows.map(({ pull_id }) => pull_id)).size).toBe(20);
  });

  it('draws ids in the order of the commits, so that a reader who goes by id skips none', async () => {
    const read: string[] = [];
    const follow = async (): Promise<void> => {
      const sql = 'select id from webhook_events where id > $1 order by id';
      read.push(...(await stack.rows<{ id: string }>(sql, [read.at(-1) ?? 0])).map(({ id }) => id));
    };
    const writing = new AbortController();
    const following = (async () => {
      while (!writing.signal.aborted) await follow();
    })();

    await Promise.all(Array.from({ length: 80 }, (_, n) => record('odoo', [pushed(n + 1), pushed(n + 1_000)], stack)));
    writing.abort();
    await following;
    await follow();

    expect(read).toHaveLength(160);
  });
});
