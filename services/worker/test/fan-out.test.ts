import { randomInt } from 'node:crypto';
import { until } from '@bridgecore/devkit';
import { createMetrics } from '@bridgecore/runtime';
import { FanOut } from '../src/notify/fan-out';
import { handOnce } from '../src/outbox/hand-on';
import { openOutbox } from '../src/outbox/open-outbox';
import { Outbox } from '../src/record/outbox';
import { record, Stores } from '../src/record/record';
import { Break, breakingPool } from './breaking-pool';
import { deliveries, subscribe } from './subscribed';
import { clear, dated, openWorkerStack, pushed, TestChange, WorkerStack } from './worker-stack';

let stack: WorkerStack;
let rings = 0;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  stack = await openWorkerStack();
});
afterAll(() => stack.close());
beforeEach(async () => {
  await clear(stack.pool);
  stack.log.lines.length = 0;
  rings = 0;
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const fanOut = (): FanOut => new FanOut({ log: stack.log, ring: () => (rings += 1) });
const written = (): Stores => ({ ...stack, outbox: { subscribers: ['notifications'], wake: () => undefined } });
const one = (n: number, change: TestChange = {}) => pushed(n, { payload: dated(n), record_id: n, ...change });
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const waiting = async (): Promise<number> => (await stack.rows('select 1 from outbox')).length;
const told = (message: string) => stack.log.lines.filter((line) => line.message === message);

function open(sweepMs = 60_000): Outbox {
  const defer = (_: string, end: () => unknown) => void ends.push(end);
  const given = { pool: stack.pool, log: stack.log, sweepMs, metrics: createMetrics('test'), defer };
  return openOutbox([fanOut()], given) as Outbox;
}

/** Hands on what the outbox holds, once. */
async function hand(): Promise<void> {
  expect(await handOnce(stack.pool, fanOut(), 100)).toMatchObject({ outcome: 'handed' });
}

describe('the fan-out', () => {
  it('writes one delivery per event and subscription, in the order of the events, due at once', async () => {
    await subscribe(stack, 'shop');
    await subscribe(stack, 'lines', { ordered: true });
    await record('odoo', [one(3), one(1)], written());

    await hand();

    expect(await deliveries(stack)).toEqual(['shop 1', 'lines 1', 'shop 2', 'lines 2']);
    const sql = `select distinct system, model, record_id, ordered, state, attempts, next_attempt_at <= now() as is_due
                   from deliveries order by record_id, ordered`;
    const same = { system: 'odoo', model: 'sale.order', state: 'waiting', attempts: 0, is_due: true };
    expect(await stack.rows(sql)).toEqual(
      [1, 3].flatMap((record_id) => [false, true].map((ordered) => ({ ...same, record_id, ordered }))),
    );
  });

  it('asks each filter, also of the data', async () => {
    await subscribe(stack, 'paris', { filter: { systems: ['paris'] } });
    await subscribe(stack, 'new', { filter: { operations: ['create'], models: ['sale.order'] } });
    await subscribe(stack, 'large', { filter: { condition: { amount_total: { $gte: 1000 } } } });
    await subscribe(stack, 'tests', { filter: { tests: true, operations: ['unlink'] } });
    await record(
      'odoo',
      [
        one(1, { operation: 'create' }),
        one(2, { payload: { amount_total: 999 } }),
        one(3, { payload: { amount_total: 1000 } }),
        one(4, { operation: 'unlink', payload: { _test_event: true } }),
      ],
      written(),
    );
    await record('paris', [one(1, { arrival: { system: 'paris' } })], written());

    await hand();

    expect(await deliveries(stack)).toEqual(['new 1', 'large 3', 'tests 4', 'paris 5']);
    expect(await waiting()).toBe(0);
  });

  it('asks a filter as it is now', async () => {
    const id = await subscribe(stack, 'shop', { filter: { models: ['res.partner'] } });
    const relay = fanOut();
    await record('odoo', [one(1)], written());
    await handOnce(stack.pool, relay, 100);

    await stack.pool.query(`update subscriptions set filter = '{"models": ["sale.order"]}' where id = $1`, [id]);
    await record('odoo', [one(2)], written());
    await handOnce(stack.pool, relay, 100);

    expect(await deliveries(stack)).toEqual(['shop 2']);
  });

  it('keeps what a paused subscription wants, and writes nothing for one that is removed', async () => {
    await subscribe(stack, 'paused');
    await subscribe(stack, 'removed');
    await stack.pool.query(`update subscriptions set state = 'paused', paused_by = 'operator' where name = 'paused'`);
    await stack.pool.query(`update subscriptions set removed_at = now() where name = 'removed'`);
    await record('odoo', [one(1)], written());

    await hand();

    expect(await deliveries(stack)).toEqual(['paused 1']);
  });

  it('empties the outbox also when nobody subscribes, and rings for nothing', async () => {
    const outbox = open();

    await record(
      'odoo',
      numbers(1, 250).map((n) => one(n)),
      { ...stack, outbox },
    );

    await until(async () => (await waiting()) === 0, { what: 'an empty outbox' });
    expect([await deliveries(stack), rings]).toEqual([[], 0]);
  });

  it('rings after the commit, when the deliveries are there', async () => {
    await subscribe(stack, 'shop');
    const outbox = open();

    await record('odoo', [one(1)], { ...stack, outbox });

    await until(() => rings === 1, { what: 'a ring' });
    expect(await deliveries(stack)).toEqual(['shop 1']);
  });

  it('says that an event is gone, and goes on with the others', async () => {
    await subscribe(stack, 'shop');
    await record(
      'odoo',
      numbers(1, 3).map((n) => one(n)),
      written(),
    );
    await stack.pool.query('delete from webhook_events where id = 2');

    await hand();

    expect([await deliveries(stack), await waiting()]).toEqual([['shop 1', 'shop 3'], 0]);
    expect(told('outbox.event_gone')).toMatchObject([{ level: 'warn', event_id: '2', system: 'odoo' }]);
  });

  it('writes nothing twice when a delivery is there already', async () => {
    const id = await subscribe(stack, 'shop');
    await record(
      'odoo',
      numbers(1, 2).map((n) => one(n)),
      written(),
    );
    await stack.pool.query('insert into deliveries (subscription_id, event_id, ordered) values ($1, 1, false)', [id]);

    await hand();

    expect(await deliveries(stack)).toEqual(['shop 1', 'shop 2']);
  });

  it('tells a subscription that is made while events flow of every event recorded from then on', async () => {
    const outbox = open(20);
    const stores = { ...stack, outbox };
    const when = randomInt(20, 80);

    for (let n = 1; n < when; n += 1) await record('odoo', [one(n)], stores);
    const [made] = await Promise.all([
      subscribe(stack, 'shop').then(async () => {
        const rows = await stack.rows<{ id: string }>('select coalesce(max(id), 0) as id from webhook_events');
        return Number(rows[0]?.id);
      }),
      record('odoo', [one(when)], stores),
    ]);
    for (let n = when + 1; n <= 100; n += 1) await record('odoo', [one(n)], stores);

    await until(async () => (await waiting()) === 0, { what: 'an empty outbox' });
    const ids = (await deliveries(stack)).map((text) => Number(text.split(' ')[1]));
    expect(ids.filter((id) => id > made)).toEqual(numbers(made + 1, 100));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('writes each exactly once with connections killed just before and just after the commit', async () => {
    await subscribe(stack, 'shop');
    await subscribe(stack, 'odd', { filter: { condition: { odd: true } } });
    const breaks: (Break | undefined)[] = ['before-commit', 'after-commit', 'before-commit', undefined, 'after-commit'];
    const pool = breakingPool(stack.pool, () => breaks.shift());
    await record(
      'odoo',
      numbers(1, 30).map((n) => one(n, { payload: { ...dated(n), odd: n % 2 === 1 } })),
      written(),
    );

    while ((await waiting()) > 0) await handOnce(pool, fanOut(), 10).catch(() => undefined);

    const expected = numbers(1, 30).flatMap((n) => (n % 2 === 1 ? [`shop ${n}`, `odd ${n}`] : [`shop ${n}`]));
    expect(await deliveries(stack)).toEqual(expected);
    expect(breaks).toEqual([]);
  });
});

describe('a filter that this version cannot understand', () => {
  const write = (filter: object): Promise<unknown> =>
    stack.pool.query(`update subscriptions set filter = $1 where name = 'newer'`, [JSON.stringify(filter)]);

  it('holds up nobody: its subscription is paused loudly, and what it may want is kept', async () => {
    await subscribe(stack, 'shop');
    await subscribe(stack, 'newer');
    await write({ models: ['sale.order'], condition: { state: { $like: 'sa%' } }, users: [7] });
    await record('odoo', [one(1)], written());

    await hand();
    await record('odoo', [one(2)], written());
    await hand();

    expect(await deliveries(stack)).toEqual(['shop 1', 'newer 1', 'shop 2', 'newer 2']);
    const sql = 'select state, paused_by, pause_reason, paused_at is null as undated from subscriptions order by id';
    expect(await stack.rows(sql)).toEqual([
      { state: 'active', paused_by: null, pause_reason: null, undated: true },
      {
        state: 'paused',
        paused_by: 'failures',
        pause_reason: expect.stringContaining('users') as string,
        undated: false,
      },
    ]);
    expect(told('subscription.paused')).toMatchObject([{ level: 'warn', subscription: 'newer' }]);
    expect(await stack.rows(`select detail from audit_logs where action = 'subscription.paused'`)).toMatchObject([
      { detail: { subscription: 'newer', paused_by: 'failures' } },
    ]);
  });

  it.each([
    ['what of it can be understood is heeded', { models: ['res.partner'], users: [7] }],
    ['nothing is kept when it is not clear of which systems', { systems: { not: ['paris'] } }],
  ])('keeps no more than it may: %s', async (_, filter) => {
    await subscribe(stack, 'newer');
    await write(filter);
    await record('odoo', [one(1)], written());

    await hand();

    expect(await deliveries(stack)).toEqual([]);
    expect(await stack.rows('select state from subscriptions')).toEqual([{ state: 'paused' }]);
  });
});
