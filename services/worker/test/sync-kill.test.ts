import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DATA_SYNC } from '@bridgecore/contracts';
import { FakeOdoo, JsonObject, until } from '@bridgecore/devkit';
import { connectFailFast, disconnect, Producer } from '@bridgecore/runtime';
import { jobOf, openSyncStack, RPC_USER, SyncStack } from './sync-stack';
import { startWorker, WorkerProcess } from './worker-process';

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);
const PRODUCTS = 120;

let stack: SyncStack;
let directory: string;
let workers: WorkerProcess[] = [];

beforeAll(async () => {
  stack = await openSyncStack();
  directory = mkdtempSync(join(tmpdir(), 'bridgecore-kill-'));
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await stack.close();
});
beforeEach(() => stack.begin());
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  workers = [];
  await stack.end();
});

/** The same numbers for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

async function worker(): Promise<WorkerProcess> {
  const systems = [stack.paris, stack.lyon].map(({ url }, index) => {
    const id = index === 0 ? 'paris' : 'lyon';
    return { id, url, webhook_api_key: 'key', db: id, username: RPC_USER.login, api_key: RPC_USER.key };
  });
  const file = join(directory, 'systems.json');
  writeFileSync(file, JSON.stringify({ systems }));
  const started = await startWorker({
    ...{ REDIS_URL: stack.redisUrl, DATABASE_URL: stack.databaseUrl, SYSTEMS_FILE: file },
    ...{ WORKER_JOB_LOCK_SECONDS: '2', DATA_SYNC_BATCH_SIZE: '20' },
  });
  workers.push(started);
  return started;
}

async function enqueue(id: string): Promise<void> {
  const redis = connectFailFast(stack.redisUrl, stack.log);
  await until(() => redis.status === 'ready', { what: 'Redis' });
  await new Producer(DATA_SYNC, redis).add(jobOf({ id, model: 'product.template', bidirectional: true }), {
    jobId: id,
  });
  await disconnect(redis);
}

/** Products without a natural key, half of them in Lyon, in a tree of categories. */
function seed(odoo: FakeOdoo, name: string): void {
  const [top = 0] = odoo.seed('product.category', [{ name: `${name} top` }]);
  const categories = odoo.seed(
    'product.category',
    [1, 2, 3, 4, 5, 6].map((n) => ({ name: `${name} ${n}`, parent_id: top })),
  );
  odoo.seed(
    'product.template',
    Array.from({ length: PRODUCTS / 2 }, (_, n) => ({
      name: `${name} product ${n}`,
      categ_id: categories[n % 6] ?? top,
    })),
  );
}

/** Every product by name, with its category's. */
function picture(odoo: FakeOdoo): [unknown, unknown][] {
  const pairs = odoo
    .all('product.template')
    .map(({ name, categ_id }) => [name, (categ_id as [number, string])[1]] as const);
  return pairs
    .map(([name, category]): [unknown, unknown] => [name, category])
    .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
}

const categoriesOf = (odoo: FakeOdoo): unknown[] =>
  odoo
    .all('product.category')
    .map(({ complete_name }) => complete_name)
    .sort();

it.each(SEEDS)(
  'a worker that is killed at any moment doubles nothing and leaves nothing out (seed %i)',
  async (seedNumber) => {
    const { paris, lyon } = stack;
    const next = random(seedNumber);
    seed(paris, 'Paris');
    seed(lyon, 'Lyon');
    const before = [...picture(paris), ...picture(lyon)];
    const killAt = 1 + Math.floor(next() * 70); // of some 90 calls in all
    let calls = 0;
    let isKilled = false;
    const isBetweenCalls = next() < 0.5; // where it talks to PostgreSQL, and not in the middle of a call of Odoo
    const laterMs = next() * 8;
    for (const odoo of [paris, lyon]) {
      odoo.onRpc = async () => {
        calls += 1;
        if (calls !== killAt) return;
        isKilled = true;
        if (isBetweenCalls) setTimeout(() => void first.kill(), laterMs);
        else await first.kill();
      };
    }
    const first = await worker();
    const { id } = jobOf();

    await enqueue(id);
    await until(() => isKilled, { what: 'the moment to kill', timeoutMs: 20_000 });
    await worker();
    await until(async () => (await stack.rows(`select 1 from sync_runs where state = 'done'`)).length === 1, {
      what: 'the run to be done',
      timeoutMs: 30_000,
    });

    const sorted = before.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
    expect(picture(paris)).toEqual(sorted);
    expect(picture(lyon)).toEqual(sorted);
    expect(categoriesOf(lyon)).toEqual(categoriesOf(paris));
    expect(
      await stack.rows('select * from sync_links where left_id is null or right_id is null or begun_by is not null'),
    ).toEqual([]);
    const [run] = await stack.rows<{ result: Record<'forward' | 'reverse', JsonObject> }>(
      'select result from sync_runs',
    );
    expect(run?.result.forward).toMatchObject({ created: PRODUCTS / 2, failed: 0 });
    expect(run?.result.reverse).toMatchObject({ created: PRODUCTS / 2, failed: 0 });
  },
  90_000,
);
