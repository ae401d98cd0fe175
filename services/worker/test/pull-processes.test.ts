import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ODOO_PULL, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { FakeOdoo, until } from '@bridgecore/devkit';
import { connectFailFast, disconnect, Producer } from '@bridgecore/runtime';
import { LOCK } from './pull-stack';
import { startWorker, WorkerProcess } from './worker-process';
import { clear, openWorkerStack, pushed, WorkerStack } from './worker-stack';

let stack: WorkerStack;
let odoo: FakeOdoo;
let workers: WorkerProcess[];

beforeAll(async () => {
  stack = await openWorkerStack();
});
afterAll(() => stack.close());

beforeEach(async () => {
  await clear(stack.pool);
  await stack.redis.flushdb();
  odoo = new FakeOdoo({ apiKey: 'key' });
  await odoo.listen();
  workers = [];
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  await odoo.close();
});

async function worker(different: Record<string, string> = {}): Promise<WorkerProcess> {
  const settings = { ODOO_SYNC_LOCK_TTL_SECONDS: '3', ODOO_SYNC_BATCH_SIZE: '5' };
  const stores = { REDIS_URL: stack.redisUrl, DATABASE_URL: stack.databaseUrl };
  const source = 'SYSTEMS_FILE' in different ? {} : { ODOO_URL: odoo.url, ODOO_WEBHOOK_API_KEY: 'key' };
  const started = await startWorker({ ...settings, ...stores, ...source, ...different });
  workers.push(started);
  return started;
}

/** Puts jobs into the real queues, as scheduler and gateway do. */
async function enqueue(work: (pulls: (system?: string) => Promise<void>) => Promise<void>): Promise<void> {
  const redis = connectFailFast(stack.redisUrl, stack.log);
  await until(() => redis.status === 'ready', { what: 'Redis' });
  const queue = new Producer(ODOO_PULL, redis);
  await work((system = 'odoo') => queue.add({ system }));
  await disconnect(redis);
}
const pull = (system?: string) => enqueue((pulls) => pulls(system));

const stored = () => stack.rows<{ pull_id: string }>('select pull_id from webhook_events order by id');
const audited = (correlation_id: unknown) =>
  stack.rows('select id from audit_logs where correlation_id = $1 order by id', [correlation_id]);
const isAllAcknowledged = () => odoo.rows().every(({ is_processed }) => is_processed);

describe('a worker that is frozen in a run', () => {
  it('writes nothing when it goes on after another has taken over, and frees nobody’s lock', async () => {
    odoo.makeEvents(40);
    odoo.setFaults({ path: 'pull', latencyMs: 400 });
    const frozen = await worker();
    await pull();
    const { correlation_id } = await frozen.logged('pull.page');
    frozen.signal('SIGSTOP'); // its next page is under way, and will wait for it

    const other = await worker();
    await until(async () => (await stack.redis.exists(LOCK)) === 0, { what: 'the lock to run out' });
    const before = await audited(correlation_id);
    await pull();
    await other.logged('pull.page');
    odoo.setFaults({ path: 'pull', latencyMs: 3_000 }); // the other is in the middle of its run for a while
    const owner = await stack.redis.get(LOCK);
    frozen.signal('SIGCONT');
    await frozen.logged('job.done', { outcome: 'stopped' });

    expect(owner).not.toBeNull();
    expect(await stack.redis.get(LOCK)).toBe(owner);
    expect(other.lines.some(({ message }) => message === 'job.done')).toBe(false);
    odoo.setFaults([]);
    await other.logged('job.done', { outcome: 'done' });
    expect(before.length).toBeGreaterThan(0);
    expect(await audited(correlation_id)).toEqual(before);
    const ids = odoo.rows().map(({ id }) => String(id));
    expect((await stored()).map(({ pull_id }) => pull_id)).toEqual(ids);
    expect(await stack.rows('select fence, last_event_id from pull_cursors')).toEqual([
      { fence: '2', last_event_id: ids.at(-1) },
    ]);
    expect(isAllAcknowledged()).toBe(true);
  }, 60_000);
});

describe('a worker that is killed between commit and acknowledgement', () => {
  it('leaves to the next what it has stored: all is acknowledged, and nothing is double', async () => {
    odoo.makeEvents(5);
    odoo.setFaults({ path: 'mark-processed', hang: true });
    const killed = await worker();
    await pull();
    await until(async () => (await stored()).length === 5, { what: 'the page to be committed' });
    await killed.kill();
    expect(odoo.rows().some(({ is_processed }) => is_processed)).toBe(false);
    odoo.setFaults([]);
    odoo.makeEvents(3);

    const other = await worker();
    await until(async () => (await stack.redis.exists(LOCK)) === 0, { what: 'the lock to run out' });
    await enqueue(async (pulls) => {
      await pulls(); // brings the new ones
      await pulls(); // idle, so it sweeps
    });
    await until(isAllAcknowledged, { what: 'every row to be acknowledged' });

    await other.logged('pull.page', { sweep: true, repeat: 5 });
    expect((await stored()).map(({ pull_id }) => Number(pull_id))).toEqual(odoo.rows().map(({ id }) => id));
  }, 60_000);
});

describe('one Odoo that hangs', () => {
  it('slows neither another’s pulls nor any push, nor its own pushes', async () => {
    const lyon = new FakeOdoo({ apiKey: 'key' });
    const systems = [
      { id: 'paris', url: odoo.url, webhook_api_key: 'key' },
      { id: 'lyon', url: await lyon.listen(), webhook_api_key: 'key' },
    ];
    const directory = mkdtempSync(join(tmpdir(), 'bridgecore-systems-'));
    const file = join(directory, 'systems.json');
    writeFileSync(file, JSON.stringify({ systems }));
    odoo.setFaults({ path: 'pull', hang: true });
    const only = await worker({ SYSTEMS_FILE: file, WORKER_CONCURRENCY: '1', ODOO_TIMEOUT_SECONDS: '120' });
    await pull('paris');
    await until(() => stack.redis.exists('odoo_sync:lock:paris'), { what: 'paris to be pulled' });

    const count = async (sql: string) => (await stack.rows(`select 1 from webhook_events where ${sql}`)).length;
    for (const round of [1, 2, 3]) {
      lyon.makeEvents(20);
      await pull('lyon');
      await push(round);
      await until(async () => (await count(`system = 'lyon' and pull_id is not null`)) === 20 * round, {
        what: `pull ${round} of lyon`,
      });
      await until(async () => (await count('push_id is not null')) === 2 * round, { what: `the pushes of ${round}` });
    }

    expect(await stack.redis.exists('odoo_sync:lock:paris')).toBe(1); // it hangs to this moment
    expect(only.lines.filter(({ message, system }) => message.startsWith('job.') && system === 'paris')).toEqual([]);
    await only.kill();
    await lyon.close();
    rmSync(directory, { recursive: true });
  }, 60_000);

  async function push(id: number): Promise<void> {
    const redis = connectFailFast(stack.redisUrl, stack.log);
    await until(() => redis.status === 'ready', { what: 'Redis' });
    const events = ['paris', 'lyon'].map((system) => pushed(id, { payload: { id }, arrival: { system } }));
    await new Producer(WEBHOOK_EVENTS, redis).add({ events, rejected: [] });
    await disconnect(redis);
  }
});
