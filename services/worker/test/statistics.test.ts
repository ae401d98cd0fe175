import { Redis } from 'ioredis';
import { MAINTENANCE, ODOO_PULL, QUEUES, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { createPool } from '@bridgecore/database';
import { connectFailFast, createMetrics, disconnect, JobReport, Producer } from '@bridgecore/runtime';
import { showStatistics } from '../src/statistics/meters';
import { takeStatistics } from '../src/statistics/take-statistics';
import { openPullStack, PullStack } from './pull-stack';
import { samples } from './samples';

const KEY = '{bridgecore}:statistics';

let stack: PullStack;
let redis: Redis;

beforeAll(async () => {
  stack = await openPullStack();
  redis = stack.redis;
});
afterAll(() => stack.close());
beforeEach(() => stack.begin());
afterEach(() => stack.end());

const take = (systems = ['odoo'], pool = stack.pool): Promise<JobReport> =>
  takeStatistics({ redis, pool, systems })({ kind: 'statistics', key_id: null, correlation_id: null });

/** What a worker shows that has this connection. */
async function shown(connection = redis): Promise<Record<string, number>> {
  const metrics = createMetrics('worker');
  showStatistics(metrics, connection);
  return samples(metrics, 'bridgecore_');
}

const bury = (system: string, status = 'open'): Promise<unknown> =>
  stack.pool.query(
    `insert into dead_letters (system, origin, raw, raw_hash, reason, error, correlation_id, status)
     values ($1, 'push', '{}', gen_random_uuid(), '22P05', 'unsupported', 'request-1', $2)`,
    [system, status],
  );

describe('statistics', () => {
  it('count the jobs of every queue and the age of the oldest', async () => {
    const events = new Producer(WEBHOOK_EVENTS, redis);
    await events.add({ events: [], rejected: [] }, { timestamp: Date.now() - 600_000 });
    await events.add({ events: [], rejected: [] });
    await new Producer(ODOO_PULL, redis).add({ system: 'odoo' }, { delay: 60_000 });

    const report = await take();
    const found = await shown();

    expect(report).toEqual({
      waiting: { 'webhook-events': 2, 'odoo-pull': 0, ticks: 0, maintenance: 0, 'data-sync': 0 },
    });
    expect(found).toMatchObject({
      'queue_depth{queue="webhook-events",state="waiting"}': 2,
      'queue_depth{queue="webhook-events",state="failed"}': 0,
      'queue_depth{queue="odoo-pull",state="delayed"}': 1,
      'queue_oldest_seconds{queue="odoo-pull"}': 0,
    });
    expect(found['queue_oldest_seconds{queue="webhook-events"}']).toBeGreaterThanOrEqual(600);
    expect(found['queue_oldest_seconds{queue="webhook-events"}']).toBeLessThan(700);
    expect(found['statistics_age_seconds']).toBeLessThan(10);
    const queues = Object.keys(found).filter((name) => name.startsWith('queue_oldest'));
    expect(queues).toHaveLength(QUEUES.length);
    expect(QUEUES).toContain(MAINTENANCE);
  });

  it('count the open dead letters by system, also of one that nobody declares', async () => {
    await Promise.all([bury('odoo'), bury('odoo'), bury('odoo', 'discarded'), bury('gone')]);

    await take(['odoo', 'lyon']);

    expect(await shown()).toMatchObject({
      'dead_letters_open{system="odoo"}': 2,
      'dead_letters_open{system="lyon"}': 0,
      'dead_letters_open{system="gone"}': 1,
    });
  });

  it('tell how long ago a pull has succeeded, whatever has failed since', async () => {
    await stack.run();
    await stack.pool.query(`update pull_cursors set succeeded_at = now() - interval '200 seconds'`);
    stack.odoo.setFaults({ path: 'pull', reset: true });
    await stack.run().catch(() => undefined);

    await take(['odoo', 'lyon']);
    const behind = (await shown())['pull_lag_seconds{system="odoo"}'];
    stack.odoo.setFaults([]);
    await stack.run();
    await take(['odoo', 'lyon']);
    const found = await shown();

    expect(behind).toBeGreaterThanOrEqual(200);
    expect(behind).toBeLessThan(300);
    expect(found['pull_lag_seconds{system="odoo"}']).toBeLessThan(10);
    expect(Object.keys(found)).not.toContain('pull_lag_seconds{system="lyon"}');
  });

  it('take a recorded page for a success too', async () => {
    await stack.run();
    await stack.pool.query(
      `update pull_cursors set succeeded_at = now() - interval '1 hour', last_event_at = now() - interval '50 seconds'`,
    );

    await take();

    const lag = (await shown())['pull_lag_seconds{system="odoo"}'];
    expect(lag).toBeGreaterThanOrEqual(50);
    expect(lag).toBeLessThan(100);
  });

  it('are the same in every worker, and older when nobody takes them', async () => {
    await take();
    const kept = JSON.parse((await redis.get(KEY)) ?? '') as { at: string };
    await redis.set(KEY, JSON.stringify({ ...kept, at: new Date(Date.now() - 900_000).toISOString() }));

    const [first, second] = await Promise.all([shown(), shown()]);

    expect(first['statistics_age_seconds']).toBeGreaterThanOrEqual(900);
    expect(Object.keys(first)).toEqual(Object.keys(second));
    expect(first['queue_depth{queue="ticks",state="waiting"}']).toBe(0);
  });

  it('still count the queues while PostgreSQL is away', async () => {
    const away = createPool('postgres://nobody@127.0.0.1:1/none', stack.log, { max: 1, statementTimeoutMs: 1_000 });

    const report = await take(['odoo'], away);

    expect(report).toMatchObject({ missing: expect.stringContaining('PostgreSQL') as string });
    const found = Object.keys(await shown());
    expect(found).toContain('queue_depth{queue="webhook-events",state="waiting"}');
    expect(found.filter((name) => name.includes('system='))).toEqual([]);
    await away.end();
  });

  it.each([
    ['nothing', null],
    ['no JSON', 'text'],
    ['what this version cannot read', '{"at": "today", "queues": 7}'],
  ])('are left out of a scrape when Redis holds %s', async (_, kept) => {
    if (kept !== null) await redis.set(KEY, kept);

    expect(await shown()).toEqual({});
  });

  it('are left out, and the scrape does not fail, while Redis is away; taking them fails, to be tried again', async () => {
    const away = connectFailFast('redis://127.0.0.1:1', stack.log);

    const found = await shown(away);
    const taking = takeStatistics({ redis: away, pool: stack.pool, systems: [] });

    expect(found).toEqual({});
    await expect(taking({ kind: 'statistics', key_id: null, correlation_id: null })).rejects.toMatchObject({
      retry: true,
    });
    await disconnect(away);
  });
});
