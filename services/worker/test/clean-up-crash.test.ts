import { MAINTENANCE } from '@bridgecore/contracts';
import { connectFailFast, Producer } from '@bridgecore/runtime';
import { until } from '@bridgecore/devkit';
import { cleaning, clearAudit, endLook, exists, left, lookAtAudit, month, nameOf, pending, writeAt } from './cleaning';
import { startWorker, WorkerProcess } from './worker-process';
import { openWorkerStack, WorkerStack } from './worker-stack';

let stack: WorkerStack;
let workers: WorkerProcess[] = [];

beforeAll(async () => {
  stack = await openWorkerStack();
});
beforeEach(async () => {
  await clearAudit(stack);
  await writeAt(stack, { over: month(6), older: month(5), young: month(1) });
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  workers = [];
});
afterAll(() => stack.close());

/** What is done to the statement that detaches a month. */
const interrupt = (how: 'pg_cancel_backend' | 'pg_terminate_backend'): Promise<unknown> =>
  stack.rows(`select ${how}(pid) from pg_stat_activity where query like 'alter table audit_logs detach%' and pid <> pg_backend_pid()
                 and datname = current_database()`);

describe('while a month is detached', () => {
  it('rows are written and read as if nothing was', async () => {
    const look = await lookAtAudit(stack);
    const round = cleaning(stack).run();
    await pending(stack);

    await writeAt(stack, { meanwhile: 'now()' });
    const seen = await left(stack);
    await endLook(look);

    expect(seen).toEqual(['older', 'young', 'meanwhile']); // what is on its way out is hidden at once
    expect(await round).toMatchObject({ outcome: 'done', deleted: { audit_logs: 2 } });
    expect(await left(stack)).toEqual(['young', 'meanwhile']);
  });

  it('a second round says so and ends', async () => {
    const look = await lookAtAudit(stack);
    const first = cleaning(stack).run();
    await pending(stack);

    const second = await cleaning(stack).run();
    await endLook(look);

    expect(second).toEqual({ outcome: 'skipped', reason: 'another round is under way' });
    expect(await first).toMatchObject({ outcome: 'done', deleted: { audit_logs: 2 } });
  });

  it('the round ends when the worker is to end, and the next one goes on', async () => {
    const look = await lookAtAudit(stack);
    const { run, ended } = cleaning(stack);
    const round = run();
    await pending(stack);

    ended.abort();
    const report = await round;
    await endLook(look);
    const next = await cleaning(stack).run();

    expect(report).toMatchObject({ outcome: 'interrupted', dropped: [] });
    expect(next).toMatchObject({ outcome: 'done', deleted: { audit_logs: 2 } });
    expect(await stack.rows(`select outcome from audit_logs where action = 'clean_up.done' order by id`)).toEqual([
      { outcome: 'interrupted' },
      { outcome: 'done' },
    ]);
  });

  it('a transaction that is open for too long is left to the next round, and the rest is done', async () => {
    const look = await lookAtAudit(stack);
    const round = cleaning(stack).run();
    await pending(stack);

    await interrupt('pg_cancel_backend'); // as its timeout does
    const report = await round;
    await endLook(look);

    expect(report).toMatchObject({ outcome: 'done', dropped: [], waiting: [await nameOf(stack, 6)] });
    expect(await cleaning(stack).run()).toMatchObject({ deleted: { audit_logs: 2 }, waiting: [] });
  });

  it('a lost connection is PostgreSQL away, and the next round goes on', async () => {
    const look = await lookAtAudit(stack);
    const round = cleaning(stack).run();
    const failure = round.catch((error: unknown) => error);
    await pending(stack);

    await interrupt('pg_terminate_backend');
    await endLook(look);

    expect(await failure).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(await cleaning(stack).run()).toMatchObject({ outcome: 'done', deleted: { audit_logs: 2 } });
    expect(await left(stack)).toEqual(['young']);
  });
});

describe('a worker that is killed while it cleans up', () => {
  it('leaves its job to another one, which finishes it', async () => {
    const env = { REDIS_URL: stack.redisUrl, DATABASE_URL: stack.databaseUrl, WORKER_JOB_LOCK_SECONDS: '2' };
    const redis = connectFailFast(stack.redisUrl, stack.log);
    await until(() => redis.status === 'ready', { what: 'Redis' });
    const look = await lookAtAudit(stack);
    workers.push(await startWorker(env));
    const job = { kind: 'clean-up', key_id: 'operator', correlation_id: 'request-7' };
    await new Producer(MAINTENANCE, redis).add(job, { deduplication: { id: 'clean-up' } });
    await pending(stack);

    await workers[0]?.kill();
    await endLook(look);
    const isFree = async (): Promise<boolean> =>
      (
        await stack.rows(`select 1 from pg_locks where locktype = 'advisory' and granted
                            and database = (select oid from pg_database where datname = current_database())`)
      ).length === 0;
    await until(isFree, { what: 'PostgreSQL to notice' });
    const second = await startWorker(env);
    workers.push(second);
    const done = await second.logged('job.done', { queue: 'maintenance' });
    redis.disconnect();

    expect(done).toMatchObject({ kind: 'clean-up', correlation_id: 'request-7', deleted: { audit_logs: 2 } });
    expect(await left(stack)).toEqual(['young']);
    expect(await exists(stack, await nameOf(stack, 6))).toBe(false);
    expect(await stack.rows(`select key_id, outcome from audit_logs where action = 'clean_up.done'`)).toEqual([
      { key_id: 'operator', outcome: 'done' },
    ]);
  }, 40_000);
});
