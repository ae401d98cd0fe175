import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DATA_SYNC, MAINTENANCE, ODOO_PULL, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { until } from '@bridgecore/devkit';
import { Producer } from '@bridgecore/runtime';
import { clearAudit, endLook, left, lookAtAudit, month, pending, writeAt } from './cleaning';
import { jobOf, openSyncStack, partners, RPC_USER, SyncStack } from './sync-stack';
import { startWorker, WorkerProcess } from './worker-process';
import { clear, pushed } from './worker-stack';

let stack: SyncStack;
let directory: string;
let workers: WorkerProcess[] = [];

beforeAll(async () => {
  stack = await openSyncStack();
  directory = mkdtempSync(join(tmpdir(), 'bridgecore-shutdown-'));
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await stack.close();
});
beforeEach(async () => {
  await clearAudit(stack);
  await clear(stack.pool);
  await stack.begin();
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  workers = [];
  await stack.end();
});

async function worker(different: Record<string, string> = {}): Promise<WorkerProcess> {
  const systems = [stack.paris, stack.lyon].map(({ url }, index) => {
    const id = index === 0 ? 'paris' : 'lyon';
    return { ...{ id, url, webhook_api_key: 'key', db: id }, username: RPC_USER.login, api_key: RPC_USER.key };
  });
  const file = join(directory, 'systems.json');
  writeFileSync(file, JSON.stringify({ systems: systems.map((one) => ({ ...one, sync_batch_size: 5 })) }));
  const started = await startWorker({
    ...{ REDIS_URL: stack.redisUrl, DATABASE_URL: stack.databaseUrl, SYSTEMS_FILE: file },
    ...{ WORKER_JOB_LOCK_SECONDS: '3', DATA_SYNC_BATCH_SIZE: '10', ODOO_SYNC_SWEEP_EVERY: '1000', ...different },
  });
  workers.push(started);
  return started;
}

/** Asks it to end, and looks how: in order, with nothing left behind that another had to find. */
async function endInOrder(worker: WorkerProcess): Promise<void> {
  worker.signal('SIGTERM');
  expect(await worker.exit).toBe(0);
  expect(worker.lines.at(-1)).toMatchObject({ message: 'shutdown.done' });
}

const stalled = (): unknown[] =>
  workers.flatMap(({ lines }) => lines.filter(({ message }) => /stalled|timeout|failed/.test(message)));

const push = (id: number): Promise<void> =>
  new Producer(WEBHOOK_EVENTS, stack.redis).add({ events: [pushed(id, { payload: { id } })], rejected: [] });

describe('a worker that is to end', () => {
  it('ends a pull run after its page, and another goes on without a tick', async () => {
    const { paris } = stack;
    paris.makeEvents(40);
    paris.setFaults({ path: 'pull', latencyMs: 200 });
    const first = await worker();
    await new Producer(ODOO_PULL, stack.redis).add({ system: 'paris' });
    await first.logged('pull.page');

    await endInOrder(first);
    paris.setFaults([]);
    const second = await worker();
    await second.logged('job.done', { queue: 'odoo-pull', outcome: 'done' });

    const pages = first.lines.filter(({ message }) => message === 'pull.page').length;
    expect(await first.logged('job.interrupted', { queue: 'odoo-pull' })).toMatchObject({ pages, events: 5 * pages });
    expect(pages).toBeLessThan(8);
    const rows = await stack.rows<{ pull_id: string }>('select pull_id from webhook_events order by id');
    expect(rows.map(({ pull_id }) => Number(pull_id))).toEqual(paris.rows().map(({ id }) => id));
    expect(paris.rows().every(({ is_processed }) => is_processed)).toBe(true);
    expect(stalled()).toEqual([]);
  }, 60_000);

  it('does not wait for an Odoo that hangs while it is told of a page; another tells it', async () => {
    const { paris } = stack;
    paris.makeEvents(5);
    paris.setFaults({ path: 'mark-processed', hang: true });
    const first = await worker({ ODOO_TIMEOUT_SECONDS: '120', SHUTDOWN_TIMEOUT_SECONDS: '60' });
    await new Producer(ODOO_PULL, stack.redis).add({ system: 'paris' });
    await until(async () => (await stack.rows('select 1 from webhook_events')).length === 5, { what: 'the page' });

    await endInOrder(first);
    paris.setFaults([]);
    await worker({ ODOO_SYNC_SWEEP_EVERY: '1' });

    await until(() => paris.rows().every(({ is_processed }) => is_processed), { what: 'Odoo to be told' });
    expect(await stack.rows('select 1 from webhook_events')).toHaveLength(5);
    expect(stalled()).toEqual([]);
  }, 60_000);

  it('ends a data sync after its page, and another goes on', async () => {
    const { paris, lyon } = stack;
    paris.seed('res.partner', partners(80));
    lyon.onRpc = ({ phase }) => (phase === 'before' ? new Promise((resolve) => setTimeout(resolve, 20)) : undefined);
    const first = await worker();
    const { id } = jobOf();
    await new Producer(DATA_SYNC, stack.redis).add(jobOf({ id }), { jobId: id });
    await first.logged('sync.page');

    await endInOrder(first);
    const [half] = await stack.rows<{ state: string; done: number }>('select state, done from sync_runs');
    const second = await worker();
    await second.logged('job.done', { queue: 'data-sync', outcome: 'done' });

    expect(half?.state).not.toBe('done');
    expect(half?.done).toBeGreaterThan(0);
    expect(await stack.rows('select state, done from sync_runs')).toEqual([{ state: 'done', done: 80 }]);
    expect(lyon.all('res.partner')).toHaveLength(80);
    expect(stalled()).toEqual([]);
  }, 60_000);

  it('ends a clean-up between its steps, and another goes on', async () => {
    await writeAt(stack, { over: month(6), young: month(1) });
    const look = await lookAtAudit(stack);
    const first = await worker();
    await new Producer(MAINTENANCE, stack.redis).add({ kind: 'clean-up', key_id: null, correlation_id: null });
    await pending(stack); // it waits for our transaction

    await endInOrder(first);
    await endLook(look);
    const second = await worker();
    await second.logged('job.done', { queue: 'maintenance', kind: 'clean-up', outcome: 'done' });

    expect(await left(stack)).toEqual(['young']);
    expect(await stack.rows(`select outcome from audit_logs where action = 'clean_up.done' order by id`)).toEqual([
      { outcome: 'interrupted' },
      { outcome: 'done' },
    ]);
    expect(stalled()).toEqual([]);
  }, 60_000);

  it('breaks a check of the connections off, and another makes it', async () => {
    stack.lyon.setFaults({ hang: true });
    const first = await worker();
    await new Producer(MAINTENANCE, stack.redis).add({ kind: 'connection-check', key_id: null, correlation_id: null });
    await first.logged('system.check', { system: 'paris' });

    await endInOrder(first);
    stack.lyon.setFaults([]);
    const second = await worker();
    await second.logged('system.check', { system: 'lyon' });

    expect(stalled()).toEqual([]);
  }, 60_000);

  it('finishes the job in hand, takes no other of any queue, and says meanwhile that it is not ready', async () => {
    const first = await worker();
    const { health_port } = await first.logged('worker.started');
    const hold = await lock('dead_letters', 'access exclusive');
    await new Producer(MAINTENANCE, stack.redis).add({ kind: 'statistics', key_id: null, correlation_id: null });
    await isWaitedFor();

    first.signal('SIGTERM');
    const { in_hand } = await first.logged('shutdown.started');
    await push(1);
    const answers = await Promise.all(
      ['live', 'ready'].map((path) => fetch(`http://127.0.0.1:${String(health_port)}/health/${path}`)),
    );
    const bodies: unknown[] = await Promise.all(answers.map((answer) => answer.json()));
    const second = await worker();
    await second.logged('job.done', { queue: 'webhook-events' }); // the first is still there, and idle in this queue
    await hold.release();
    const code = await first.exit;

    expect(in_hand).toEqual([expect.stringMatching(/^queue maintenance: job \S+$/)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 503]);
    expect(bodies[1]).toMatchObject({ status: 'not ready', checks: { process: 'shutting down' } });
    expect(code).toBe(0);
    expect(await first.logged('job.done', { queue: 'maintenance' })).toMatchObject({ kind: 'statistics' });
    expect(stalled()).toEqual([]);
  }, 60_000);

  it('names the job that it gives up when its time is over, and another takes that up', async () => {
    const first = await worker({ SHUTDOWN_TIMEOUT_SECONDS: '1' });
    const hold = await lock('webhook_events', 'share');
    await push(1);
    await isWaitedFor();

    first.signal('SIGTERM');
    const code = await first.exit;
    await hold.release();
    const second = await worker();
    const { job_id } = await second.logged('job.done', { queue: 'webhook-events' });

    expect(code).toBe(1);
    expect(await first.logged('shutdown.timeout')).toMatchObject({
      closing: 'queue webhook-events',
      in_hand: [`queue webhook-events: job ${String(job_id)}`],
    });
    expect(await second.logged('job.stalled')).toMatchObject({ job_id });
    expect(await stack.rows('select push_id from webhook_events')).toEqual([{ push_id: '1' }]);
  }, 60_000);

  /** Keeps others from a table, for less than they wait for a lock. */
  async function lock(table: string, mode: string): Promise<{ release: () => Promise<void> }> {
    const client = await stack.pool.connect();
    await client.query('begin');
    await client.query(`lock table ${table} in ${mode} mode`);
    return {
      release: async () => {
        await client.query('commit');
        client.release();
      },
    };
  }

  const isWaitedFor = (): Promise<unknown> =>
    until(
      async () =>
        (
          await stack.rows(`select 1 from pg_locks join pg_database on oid = database
                                           where datname = current_database() and not granted`)
        ).length,
      {
        what: 'the job to be in hand',
      },
    );
});
