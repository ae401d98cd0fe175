import { createTestRedis, startOwnStack, until } from '@bridgecore/devkit';
import { createPool, migrate } from '@bridgecore/database';
import { normalisePush, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { REDIS_PREFIX } from '@bridgecore/runtime';
import { startMover } from '../src/dead-letters/mover';
import { Stores } from '../src/record/record';
import { FailedJobs, openFailedJobs } from './failed-jobs';
import { arrival, clear, memoryLog, openWorkerStack, pushed, WorkerStack } from './worker-stack';

const LETTERS = 'select kind, reason, origin_id, system, attempts from dead_letters order by id';
const { rejected } = normalisePush({ batch: true, events: [{ model: 5 }] }, arrival());
const healthy = pushed(1);
const poisoned = pushed(2, { payload: { note: '\u0000' } });
let stack: WorkerStack;
let failed: FailedJobs;
let redisUrl: string;

beforeAll(async () => {
  stack = await openWorkerStack();
  redisUrl = (await createTestRedis()).url;
  failed = await openFailedJobs(redisUrl, stack.log);
});
afterAll(async () => {
  await failed.close();
  await stack.close();
});
beforeEach(async () => {
  await clear(stack.pool);
  await stack.redis.flushdb();
  await failed.redis.flushdb();
  stack.log.lines.length = 0;
});

/** Lets a mover work until the queue holds so many failed jobs. */
async function move(stores: Stores = stack, left = 0): Promise<void> {
  const mover = startMover({ stores, redis: failed.redis, everyMs: 20, count: () => undefined });
  const isDone = async (): Promise<boolean> => (await failed.count()) === left;
  await until(isDone, { what: `${left} failed jobs` }).finally(() => mover.stop());
}

describe('the mover of failed jobs', () => {
  it('records what can be recorded, and buries only what cannot', async () => {
    await failed.fail({ events: [healthy, poisoned, pushed(3, { payload: { id: 3 } })], rejected });

    await move();

    expect(await stack.rows('select push_id from webhook_events order by id')).toEqual([
      { push_id: '1' },
      { push_id: '3' },
    ]);
    expect(await stack.rows(LETTERS)).toMatchObject([
      { kind: 'event', reason: '22P05', origin_id: '2' },
      { kind: 'item', reason: 'EVENT_INVALID', origin_id: null },
    ]);
    expect(stack.log.lines.find(({ message }) => message === 'job.moved')).toMatchObject({
      ...{ recorded: 2, dead: 1, rejected: 1, correlation_id: 'c-1', key_id: 'push', outcome: 'moved' },
      ...{ reason: 'a bug that is mended by now', duration_ms: expect.any(Number) as number },
    });
  });

  it('buries the event that meets a bug of ours, and no other', async () => {
    await failed.fail({ events: [healthy, pushed(9, { payload: { id: 9 } })], rejected: [] });
    await stack.pool.query(`
      create function fail() returns trigger language plpgsql as $$
        begin raise exception 'a bug' using errcode = 'XX000'; end $$;
      create trigger fail before insert on webhook_events for each row when (new.push_id = '9') execute function fail()`);

    await move().finally(() => stack.pool.query('drop trigger fail on webhook_events; drop function fail'));

    expect(await stack.rows('select push_id from webhook_events')).toEqual([{ push_id: '1' }]);
    expect(await stack.rows(LETTERS)).toMatchObject([{ kind: 'event', reason: 'XX000', origin_id: '9' }]);
  });

  it('keeps what it cannot read as it is', async () => {
    const newer = { ...pushed(4), operation: 'archive', system: 'lyon' };
    const hostile = { system: 'a\u0000b', correlation_id: 7, origin: 'elsewhere' };
    await failed.fail({ events: [newer, hostile, healthy], rejected: [] }, { another: 'shape' });

    await move();

    expect(await stack.rows('select push_id from webhook_events')).toEqual([{ push_id: '1' }]);
    expect(await stack.rows(LETTERS)).toMatchObject([
      { kind: 'job', reason: 'JOB_UNREADABLE', system: 'lyon', origin_id: '4' },
      { kind: 'job', reason: 'JOB_UNREADABLE', system: 'unknown', origin_id: null },
      { kind: 'job', reason: 'JOB_UNREADABLE', system: 'unknown' },
    ]);
    const [letter] = await stack.rows<{ raw: string }>('select raw from dead_letters order by id');
    expect(JSON.parse(letter?.raw ?? '')).toEqual(JSON.parse(JSON.stringify(newer)));
  });

  it('takes a job that only asked for a replay away: its letters are still open', async () => {
    await failed.fail({ events: [], rejected: [], replay: { ids: ['1'], key_id: null, correlation_id: 'c' } });

    await move();

    expect(await stack.rows(LETTERS)).toEqual([]);
  });

  it('doubles nothing when it dies between the commit and the removal', async () => {
    await failed.fail({ events: [healthy, poisoned], rejected });
    const [job] = await failed.use((queue) => queue.getFailed());
    const lock = `${REDIS_PREFIX}:${WEBHOOK_EVENTS.name}:${job?.id}:lock`;
    await failed.redis.set(lock, 'somebody'); // BullMQ removes no job under a lock: the mover ends at that very point

    const mover = startMover({ stores: stack, redis: failed.redis, everyMs: 60_000, count: () => undefined });
    await until(() => stack.log.lines.some(({ message }) => message === 'mover.waits'), { what: 'the mover to end' });
    await mover.stop();
    expect(await failed.count()).toBe(1);
    expect((await stack.rows<{ attempts: number }>(LETTERS)).map(({ attempts }) => attempts)).toEqual([1, 1]);
    await failed.redis.del(lock);
    await move();

    expect(await stack.rows('select 1 from webhook_events')).toHaveLength(1);
    expect((await stack.rows<{ attempts: number }>(LETTERS)).map(({ attempts }) => attempts)).toEqual([2, 2]);
  });

  it('buries as it is what names its system, or came at a time, as PostgreSQL cannot store it', async () => {
    const [item] = rejected;
    await failed.fail(
      { events: [{ ...healthy, system: 'a\u0000b' }, healthy], rejected: [{ ...item, received_at: '2026-W01' }] },
      { events: [pushed(3, { payload: { id: 3 } })], rejected: [] },
    );

    await move();

    expect(await stack.rows('select push_id from webhook_events order by id')).toEqual([
      { push_id: '1' },
      { push_id: '3' },
    ]);
    expect(await stack.rows(LETTERS)).toMatchObject([
      { kind: 'job', reason: '22P05', system: 'unknown', origin_id: '1' },
      { kind: 'job', reason: '22007', system: 'odoo' },
    ]);
  });

  it('goes on to the jobs behind one that it cannot move, and says so once', async () => {
    await failed.fail(
      { events: [{ ...healthy, system: 'ghost' }], rejected: [] },
      { events: [pushed(3, { payload: { id: 3 } })], rejected: [] },
    );
    await stack.pool.query(`
      create function fail() returns trigger language plpgsql as $$
        begin raise exception 'a bug' using errcode = 'XX000'; end $$;
      create trigger fail before insert on webhook_events for each row when (new.system = 'ghost') execute function fail();
      create trigger fail before insert on dead_letters for each row when (new.system = 'ghost') execute function fail()`);

    const mover = startMover({ stores: stack, redis: failed.redis, everyMs: 20, count: () => undefined });
    const isMoved = (id: number) => async (): Promise<boolean> =>
      (await stack.rows('select 1 from webhook_events where push_id = $1', [String(id)])).length === 1;
    await until(isMoved(3), { what: 'the job behind it' });
    await failed.fail({ events: [pushed(4, { payload: { id: 4 } })], rejected: [] });
    await until(isMoved(4), { what: 'a job of a later round' }).finally(() => mover.stop());
    await stack.pool.query('drop function fail cascade');

    expect(await failed.count()).toBe(1);
    expect(stack.log.lines.filter(({ message }) => message === 'job.not_moved')).toMatchObject([
      { level: 'error', correlation_id: 'c-1', system: 'ghost', error: { code: 'XX000' } },
    ]);
    await move();
    expect(await stack.rows('select push_id from webhook_events')).toHaveLength(3);
  });

  it('stops after the job in hand when the worker ends', async () => {
    const jobs = Array.from({ length: 12 }, (_, n) => ({ events: [pushed(n, { payload: { n } })], rejected: [] }));
    await failed.fail(...jobs);
    const moved = jest.fn();

    const mover = startMover({ stores: stack, redis: failed.redis, everyMs: 20, count: moved });
    await until(() => moved.mock.calls.length > 0, { what: 'the first job to be moved', intervalMs: 1 });
    const before = moved.mock.calls.length;
    await mover.stop();

    expect(moved.mock.calls.length).toBeLessThanOrEqual(before + 1);
    expect(await failed.count()).toBe(12 - moved.mock.calls.length);
  });

  it('moves many, more than one page of them', async () => {
    const jobs = Array.from({ length: 25 }, (_, n) => ({ events: [pushed(n, { payload: { n } })], rejected: [] }));
    await failed.fail(...jobs);

    await move();

    const rows = await stack.rows<{ push_id: string }>('select push_id from webhook_events order by push_id::int');
    expect(rows.map(({ push_id }) => Number(push_id))).toEqual(Array.from({ length: 25 }, (_, n) => n));
  });

  it('leaves a failed job in the queue for as long as PostgreSQL is away', async () => {
    const own = await startOwnStack();
    await migrate(own.databaseUrl);
    const log = memoryLog();
    const pool = createPool(own.databaseUrl, log, { max: 3, statementTimeoutMs: 2_000 });
    await own.postgres.stop();
    await failed.fail({ events: [healthy, poisoned], rejected: [] });

    const mover = startMover({
      stores: { ...stack, pool, log },
      redis: failed.redis,
      everyMs: 20,
      count: () => undefined,
    });
    await until(() => log.lines.some(({ message }) => message === 'mover.waits'), { what: 'the mover to wait' });
    expect(await failed.count()).toBe(1);
    await own.postgres.start();

    await until(async () => (await failed.count()) === 0, { what: 'the job to be moved', timeoutMs: 20_000 });
    expect((await pool.query(LETTERS)).rows).toMatchObject([{ attempts: 1, origin_id: '2' }]);
    expect(log.lines.filter(({ message }) => message === 'mover.waits')).toHaveLength(1);
    await mover.stop();
    await pool.end();
    await own.stop();
  }, 60_000);
});
