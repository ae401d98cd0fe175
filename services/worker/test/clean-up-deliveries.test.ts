import { RetentionConfig } from '../src/clean-up/retention-config';
import { cleaning, clearAudit } from './cleaning';
import { subscribe } from './subscribed';
import { clear, openWorkerStack, WorkerStack } from './worker-stack';

let stack: WorkerStack;

beforeAll(async () => {
  stack = await openWorkerStack();
});
beforeEach(async () => {
  await clear(stack.pool);
  await clearAudit(stack);
});
afterAll(() => stack.close());

const TEN_DAYS: RetentionConfig = {
  ...{ AUDIT_RETENTION_DAYS: 0, EVENT_RETENTION_DAYS: 10, DEAD_LETTER_RETENTION_DAYS: 0, OUTBOX_RETENTION_DAYS: 0 },
  ...{ SYNC_TOMBSTONE_RETENTION_DAYS: 0, SYNC_RUN_RETENTION_DAYS: 0, DEVICE_RETENTION_DAYS: 0 },
  DELIVERY_RETENTION_DAYS: 10,
};
const ids = async (table: string): Promise<number[]> =>
  (await stack.rows<{ id: string }>(`select id from ${table} order by id`)).map(({ id }) => Number(id));

/** One try of each delivery is noted too; ages are in days, and `closed` is null for one that waits. */
async function delivery(subscription: string, state: string, closed: number | null, event: number | null = null) {
  await stack.pool.query(
    `with written as (
       insert into deliveries (subscription_id, event_id, ordered, state, created_at, closed_at, next_attempt_at)
       values ($1, $2, false, $3, now() - interval '20 days', now() - $4::float8 * interval '24 hours', now() + interval '1 hour')
       returning id)
     insert into delivery_attempts (delivery_id, at, duration_ms, outcome, worker) select id, now(), 1, 'refused', 'w' from written`,
    [subscription, event, state, closed],
  );
}

/** So many events, recorded twenty days ago. */
async function events(count: number): Promise<void> {
  await stack.pool.query(
    `insert into webhook_events (system, model, record_id, operation, occurred_at, received_at, recorded_at, priority, data,
                                 content_key, dated, is_test, correlation_id)
     select 'odoo', 'sale.order', 1, 'write', now(), now(), now() - interval '20 days', 'high', '{}', gen_random_uuid(),
            false, false, 'c-1' from generate_series(1, $1::int)`,
    [count],
  );
}

async function remove(subscription: string, days: number): Promise<void> {
  await stack.pool.query(`update subscriptions set removed_at = now() - $2::int * interval '24 hours' where id = $1`, [
    subscription,
    days,
  ]);
}

describe('the clean-up of deliveries', () => {
  it('deletes those that were closed long ago with their tries, and none that waits or is dead', async () => {
    const shop = await subscribe(stack, 'shop');
    await delivery(shop, 'delivered', 11);
    await delivery(shop, 'discarded', 11);
    await delivery(shop, 'delivered', 9);
    await delivery(shop, 'dead', 11);
    await delivery(shop, 'waiting', null);

    const report = await cleaning(stack, TEN_DAYS).run();

    expect(report['deleted']).toEqual({ deliveries: 2, webhook_events: 0 });
    expect(await ids('deliveries')).toEqual([3, 4, 5]);
    expect(await stack.rows('select delivery_id::int as of from delivery_attempts order by 1')).toEqual([
      { of: 3 },
      { of: 4 },
      { of: 5 },
    ]);
  });

  it('deletes those of many pages, and looks no further than it must', async () => {
    const shop = await subscribe(stack, 'shop');
    await stack.pool.query(
      `insert into deliveries (subscription_id, event_id, ordered, state, created_at, closed_at)
       select $1, n, false, 'delivered', at, at from generate_series(1, 9001) as n,
              lateral (select now() - case when n between 4101 and 9000 then 1 else 20 end * interval '24 hours' as at) as age`,
      [shop],
    );

    const { counted, run } = cleaning(stack, TEN_DAYS);
    await run();

    expect(counted).toEqual({ deliveries: 4_100 });
    expect((await ids('deliveries'))[0]).toBe(4_101);
  });

  it('keeps them for ever with 0 days', async () => {
    await delivery(await subscribe(stack, 'shop'), 'delivered', 9_999);

    await cleaning(stack, { ...TEN_DAYS, DELIVERY_RETENTION_DAYS: 0 }).run();

    expect(await ids('deliveries')).toEqual([1]);
  });

  it('deletes what a removed subscription was still to be sent, at once and in any case, but what is being sent', async () => {
    const [gone, shop] = [await subscribe(stack, 'gone'), await subscribe(stack, 'shop')];
    for (const subscription of [gone, shop]) {
      await delivery(subscription, 'waiting', null);
      await delivery(subscription, 'dead', 1);
      await delivery(subscription, 'delivered', 1);
    }
    await delivery(gone, 'waiting', null);
    await stack.pool.query('update deliveries set claim = gen_random_uuid() where id = 7');
    await remove(gone, 0);

    const report = await cleaning(stack, { ...TEN_DAYS, DELIVERY_RETENTION_DAYS: 0 }).run();
    await stack.pool.query('update deliveries set next_attempt_at = now() where id = 7');
    const next = await cleaning(stack, { ...TEN_DAYS, DELIVERY_RETENTION_DAYS: 0 }).run();

    expect([report['deleted'], next['deleted']]).toMatchObject([{ deliveries: 2 }, { deliveries: 1 }]);
    expect(await ids('deliveries')).toEqual([3, 4, 5, 6]);
  });

  it('deletes a removed subscription when nothing is left of it, with its secrets', async () => {
    const [empty, full, young] = [
      await subscribe(stack, 'empty'),
      await subscribe(stack, 'full'),
      await subscribe(stack, 'young'),
    ];
    await subscribe(stack, 'shop');
    await stack.pool.query(`insert into subscription_secrets (subscription_id, sealed, key_id) values ($1, 'x', 'k')`, [
      empty,
    ]);
    await delivery(empty, 'delivered', 11);
    await delivery(full, 'delivered', 9);
    await remove(empty, 11);
    await remove(full, 11);
    await remove(young, 9);

    const report = await cleaning(stack, TEN_DAYS).run();

    expect(report['deleted']).toMatchObject({ deliveries: 1, subscriptions: 1 });
    expect((await stack.rows('select name from subscriptions order by id')).map(({ name }) => name)).toEqual([
      ...['full', 'young', 'shop'],
    ]);
    expect(await stack.rows('select 1 from subscription_secrets')).toEqual([]);
  });

  it('keeps the events of what waits or is dead, and of nothing else', async () => {
    const [shop, lines, gone] = [
      await subscribe(stack, 'shop'),
      await subscribe(stack, 'lines'),
      await subscribe(stack, 'gone'),
    ];
    await events(6);
    await delivery(shop, 'waiting', null, 1);
    await delivery(lines, 'delivered', 1, 1);
    await delivery(shop, 'dead', 1, 2);
    await delivery(shop, 'delivered', 1, 3);
    await delivery(shop, 'discarded', 1, 4);
    await delivery(gone, 'waiting', null, 5);
    await remove(gone, 1);

    await cleaning(stack, TEN_DAYS).run();

    expect(await ids('webhook_events')).toEqual([1, 2]);
  });
});
