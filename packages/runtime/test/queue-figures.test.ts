import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { QueueDefinition } from '@bridgecore/contracts';
import { createTestRedis, until } from '@bridgecore/devkit';
import { queueReader } from '../src/queue-figures';

const DEFINITION: QueueDefinition<object> = {
  ...{ name: 'letters', parse: (data) => data as object, attempts: 1, backoffMs: 1 },
  ...{ keepCompleted: 1, keepFailed: 10 },
};
const AN_HOUR_AGO = Date.now() - 3_600_000;
const EMPTY = { waiting: 0, prioritized: 0, delayed: 0, active: 0, failed: 0 };

let redis: Redis;
let queue: Queue;

beforeEach(async () => {
  redis = new Redis((await createTestRedis()).url, { maxRetriesPerRequest: null });
  queue = new Queue('letters', { connection: redis, prefix: 'figures', skipVersionCheck: true });
  await until(() => redis.status === 'ready', { what: 'Redis' });
});
afterEach(async () => {
  await queue.close();
  await redis.quit();
});

const read = async () => (await queueReader(redis, [DEFINITION], 'figures')())[0];

describe('the figures of a queue', () => {
  it('are zero, and nothing is old, when it is empty', async () => {
    expect(await read()).toEqual({ queue: 'letters', jobs: EMPTY, oldest_seconds: null });
  });

  it('count jobs by state and tell the age of the one that waits longest', async () => {
    await queue.add('a', {}, { timestamp: AN_HOUR_AGO });
    await queue.add('b', {});
    await queue.add('c', {}, { priority: 10, timestamp: AN_HOUR_AGO + 60_000 });
    await queue.add('d', {}, { delay: 60_000 });

    const figures = await read();

    expect(figures?.jobs).toEqual({ ...EMPTY, waiting: 2, prioritized: 1, delayed: 1 });
    expect(figures?.oldest_seconds).toBeGreaterThanOrEqual(3_600);
    expect(figures?.oldest_seconds).toBeLessThan(3_700);
  });

  it('see that a job with a priority waits longest', async () => {
    await queue.add('a', {});
    await queue.add('b', {}, { priority: 10, timestamp: AN_HOUR_AGO });

    expect((await read())?.oldest_seconds).toBeGreaterThanOrEqual(3_600);
  });

  it('do not take for waiting what is to be done later, as the next tick of a schedule', async () => {
    await queue.upsertJobScheduler('daily', { every: 86_400_000, startDate: Date.now() + 3_600_000 });

    expect(await read()).toMatchObject({ jobs: { delayed: 1 }, oldest_seconds: null });
  });

  it('count a job that waits for its next try from when it came first', async () => {
    await queue.add('a', {}, { timestamp: AN_HOUR_AGO, attempts: 2, backoff: 600_000 });
    const worker = new Worker('letters', () => Promise.reject(new Error('no')), {
      connection: redis,
      prefix: 'figures',
    });
    await until(() => queue.getDelayedCount(), { what: 'the job to wait for its next try' });
    await worker.close();

    const figures = await read();

    expect(figures?.jobs).toMatchObject({ delayed: 1 });
    expect(figures?.oldest_seconds).toBeGreaterThanOrEqual(3_600);
  });

  it('cannot be had while Redis is away', async () => {
    const away = new Redis('redis://127.0.0.1:1', { lazyConnect: true });

    await expect(queueReader(away, [DEFINITION])()).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE', retry: true });
  });
});
