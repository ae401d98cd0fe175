import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { FakeOdoo } from '../../src/fake-odoo/index';
import { migrate } from '../../src/start/migrate';
import { createTestDatabase, createTestRedis, type TestDatabase, type TestRedis } from '../../src/test-stores';
import { until } from '../../src/until';
import { ODOO_KEY, OPERATOR_KEY, PUSH_KEY, pushUrlOf } from './hub';
import { LoadBalancer } from './load-balancer';
import { PushingClients } from './pushing-clients';
import { RollingFleet } from './rolling-fleet';

const ROOT = resolve(__dirname, '../../../../..');
const INTERVAL_MS = 1_000;
/** The delay, the timeout and something for a busy machine to notice that the process is gone. */
const GRACE_MS = (2 + 10 + 3) * 1_000;
const QUEUES = ['webhook-events', 'odoo-pull', 'maintenance', 'data-sync', 'ticks'];

let database: TestDatabase;
let redis: TestRedis;
let sql: Client;
let commands: Redis;
let balancer: LoadBalancer;
let odoo: FakeOdoo;
let port: number;
let fleet: RollingFleet;
let clients: PushingClients;
let busy: NodeJS.Timeout | undefined;

beforeEach(async () => {
  [database, redis] = await Promise.all([createTestDatabase(), createTestRedis()]);
  const logs = mkdtempSync(join(tmpdir(), 'bridgecore-rolling-'));
  await migrate(ROOT, logs, { PATH: process.env['PATH'] ?? '', DATABASE_URL: database.url });
  rmSync(logs, { recursive: true });
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  commands = new Redis(redis.url);
  balancer = new LoadBalancer();
  port = await balancer.listen();
  const auth = { type: 'bearer', token: PUSH_KEY } as const;
  odoo = new FakeOdoo({ apiKey: ODOO_KEY, seed: 5, push: { url: pushUrlOf(port), auth } });
  await odoo.listen();
  clients = new PushingClients(port);
}, 60_000);

afterEach(async () => {
  clearInterval(busy);
  await clients.stop();
  await odoo.settled();
  await fleet.end();
  await balancer.close();
  await odoo.close();
  await commands.quit();
  await sql.end();
  await database.drop();
}, 60_000);

async function startFleet(delaySeconds: number, ...kinds: Parameters<RollingFleet['start']>[0][]): Promise<void> {
  const env = {
    ...{ REDIS_URL: redis.url, DATABASE_URL: database.url, ODOO_URL: odoo.url, ODOO_WEBHOOK_API_KEY: ODOO_KEY },
    ...{ WEBHOOK_PUSH_API_KEY: PUSH_KEY, OPERATOR_API_KEY: OPERATOR_KEY, WEBHOOK_RATE_LIMIT_PER_MINUTE: '1000000' },
    ...{ ODOO_SYNC_INTERVAL_SECONDS: String(INTERVAL_MS / 1_000), ODOO_SYNC_BATCH_SIZE: '20' },
    ...{ ODOO_SYNC_SWEEP_EVERY: '3', WORKER_JOB_LOCK_SECONDS: '3' },
    ...{ WEBHOOK_DEADLINE_MS: '8000' }, // the other tests have the machine too
    ...{ SHUTDOWN_DELAY_SECONDS: String(delaySeconds), SHUTDOWN_TIMEOUT_SECONDS: '10' },
  };
  fleet = new RollingFleet(env, (gateway) => {
    balancer.add(gateway);
  });
  await Promise.all(kinds.map((kind) => fleet.start(kind)));
  const gateways = kinds.filter((kind) => kind === 'gateway').length;
  await until(() => balancer.ready().length === gateways, { what: 'the balancer to know the gateways' });
}

function startPushing(): void {
  clients.start('kept-alive', 3);
  clients.start('one-each', 3);
  clients.start('slow', 4);
}

/** Changes all the time; a third of them is pushed too. */
function keepOdooBusy(): void {
  busy = setInterval(() => {
    odoo.deliver(odoo.makeEvents(3, { push: 1 / 3 }));
  }, 100);
}

const count = async (query: string): Promise<number> =>
  Number((await sql.query<{ count: string }>(`select count(*) from ${query}`)).rows[0]?.count);

/** The longest time between two ticks from then to then, as `performance.now()` tells it. */
function longestGap(from: number, to: number): number {
  const ticks = fleet.named('job.done').filter(({ queue, kind }) => queue === 'ticks' && kind === 'pull');
  const times = [from, ...ticks.map(({ readAt }) => readAt).filter((at) => at > from && at < to), to];
  return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)));
}

/** How many jobs are in that state, in all queues. */
async function jobs(state: 'active' | 'failed'): Promise<number> {
  const size = (key: string): Promise<number> => (state === 'active' ? commands.llen(key) : commands.zcard(key));
  const sizes = await Promise.all(QUEUES.map((queue) => size(`{bridgecore}:${queue}:${state}`)));
  return sizes.reduce((sum, one) => sum + one, 0);
}

describe('a rolling restart under load', () => {
  it('refuses, cuts off, loses and doubles nothing, and ticks go on', async () => {
    await startFleet(2, 'gateway', 'gateway', 'scheduler', 'scheduler', 'worker', 'worker');
    startPushing();
    keepOdooBusy();
    const begun = performance.now();
    await until(() => fleet.named('pull.page').length >= 6, { what: 'some pulls', timeoutMs: 20_000 });

    const rolled = performance.now();
    await fleet.roll('scheduler', 'gateway', 'worker');
    const over = performance.now();

    clearInterval(busy);
    await clients.stop();
    await odoo.settled();
    const expected = odoo.rows().length + clients.pushed.length;
    const isSettled = async (): Promise<boolean> =>
      (await count('webhook_events')) >= expected && odoo.rows().every((row) => row.is_processed);
    await until(isSettled, { what: `${expected} rows`, timeoutMs: 30_000, intervalMs: 100 });
    await until(async () => (await jobs('active')) === 0, { what: 'no job in hand' });

    expect(clients.outcomes()).toEqual(['kept-alive: 200', 'one-each: 200', 'slow: 200']);
    const replies = odoo.pushes().map(({ outcome }) => (outcome.kind === 'reply' ? outcome.status : outcome.kind));
    expect(new Set(replies)).toEqual(new Set([200]));
    expect(await count('webhook_events')).toBe(expected);
    expect(await count(`webhook_events where push_id like 'client-%'`)).toBe(clients.pushed.length);
    expect(await count('webhook_events where pull_id is not null')).toBe(odoo.rows().length);
    expect([await count('dead_letters'), await jobs('failed')]).toEqual([0, 0]);
    expect(fleet.ended.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(Math.max(...fleet.ended.map(({ tookMs }) => tookMs))).toBeLessThan(GRACE_MS);
    expect(['job.stalled', 'job.failed', 'shutdown.timeout'].flatMap((name) => fleet.named(name))).toEqual([]);
    expect(longestGap(rolled, over)).toBeLessThan(longestGap(begun, rolled) + 2 * INTERVAL_MS);
  }, 240_000);

  it('is refused connections without a delay: this test can fail', async () => {
    await startFleet(0, 'gateway', 'gateway');
    startPushing();

    await fleet.roll('gateway');
    await clients.stop();

    expect(clients.pushed.filter(({ outcome }) => outcome === 'ECONNRESET').length).toBeGreaterThan(0);
  }, 60_000);
});
