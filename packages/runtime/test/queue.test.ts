import { BridgeError } from '@bridgecore/contracts';
import { createTestRedis, TestRedis, until } from '@bridgecore/devkit';
import { Numbered, NUMBERS, QueueStack } from './queue-stack';

let shared: TestRedis;
let stack: QueueStack;
let count = 0;

beforeAll(async () => {
  shared = await createTestRedis();
});

beforeEach(async () => {
  stack = await new QueueStack(shared.url, `${shared.prefix}-${(count += 1)}`).ready();
});

afterEach(() => stack.end());

const away = (): Promise<never> => Promise.reject(new BridgeError('DATABASE_UNAVAILABLE', 'It is away.'));

describe('a consumer', () => {
  it('works a job and tells it in one line', async () => {
    await stack.producer.add({ n: 7 });

    stack.consume({ work: ({ n }) => Promise.resolve({ n }) });
    await stack.ended('completed', 1);

    expect(stack.recorded.lines).toEqual([
      expect.objectContaining({
        level: 'info',
        message: 'job.done',
        queue: 'numbers',
        attempt: 1,
        outcome: 'done',
        n: 7,
      }),
    ]);
  });

  it('tries again when the work fails with what may pass', async () => {
    let tries = 0;
    stack.consume({ work: () => ((tries += 1) < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve({})) });

    await stack.producer.add({ n: 1 });
    await stack.ended('completed', 1);

    expect(stack.recorded.named('job.failed').map(({ attempt, retry }) => [attempt, retry])).toEqual([
      [1, true],
      [2, true],
    ]);
  });

  it('takes a job up again whose turn it was not, without losing an attempt, and tells which is the last', async () => {
    const asked: boolean[] = [];
    const notYet = new BridgeError('JOB_POSTPONED', 'Another one is at it.', { retryAfterSeconds: 0.01 });
    stack.consume({
      work: (_, { isLast }) => Promise.reject(asked.push(isLast) <= 4 ? notYet : new Error('never')),
    });

    await stack.producer.add({ n: 1 });
    await stack.ended('failed', 1);

    expect(asked).toEqual([false, false, false, false, false, false, true]);
    expect(stack.recorded.named('job.postponed').map(({ level, attempt }) => [level, attempt])).toEqual(
      Array.from({ length: 4 }, () => ['debug', 1]),
    );
    expect(stack.recorded.named('job.failed')).toHaveLength(3);
  });

  it('says so when it was the last attempt', async () => {
    stack.consume({ work: () => Promise.reject(new Error('never')) });

    await stack.producer.add({ n: 1 });
    await stack.ended('failed', 1);

    expect(stack.recorded.named('job.failed').map(({ retry }) => retry)).toEqual([true, true, false]);
  });

  it('frees the slot of an attempt that takes too long, and tries the job again', async () => {
    let attempts = 0;
    const work = (): Promise<object> => ((attempts += 1) === 1 ? new Promise(() => undefined) : Promise.resolve({}));
    stack.consume({ concurrency: 1, timeoutMs: 300, work: () => work() as Promise<Record<string, unknown>> });

    await stack.producer.add({ n: 1 });
    await stack.ended('completed', 1);

    const [failed] = stack.recorded.named('job.failed');
    expect(failed).toMatchObject({ attempt: 1, retry: true, error: { code: 'JOB_TIMEOUT' } });
  });

  it('fails a job at once when the error is permanent', async () => {
    stack.consume({ work: () => Promise.reject(new BridgeError('EVENT_INVALID', 'It is invalid.')) });

    await stack.producer.add({ n: 1 });
    await stack.ended('failed', 1);

    const [job] = await stack.look((queue) => queue.getFailed());
    expect(job).toMatchObject({ attemptsMade: 1, failedReason: 'EVENT_INVALID: It is invalid.' });
    expect(stack.recorded.named('job.failed')).toHaveLength(1);
  });

  it('keeps a job that only a newer version can read until there is one', async () => {
    const old = stack.consume({ work: () => Promise.resolve({}) });
    await stack.look((queue) => queue.add('numbers', { number: 7 }, { attempts: 50 }));
    await until(() => stack.recorded.named('job.failed').length > 0, { what: 'the old version to fail' });
    await old.close();

    const read = (data: unknown): Numbered => ({ n: (data as { number: number }).number });
    const work = jest.fn(() => Promise.resolve({}));
    stack.consume({ definition: { ...NUMBERS, parse: read }, work });
    await stack.ended('completed', 1);

    expect(stack.recorded.named('job.failed')[0]).toMatchObject({ retry: true, error: { code: 'JOB_UNREADABLE' } });
    expect(work).toHaveBeenCalledWith({ n: 7 }, expect.objectContaining({ isLast: false }));
  });

  it('trims jobs that are done by number, and never those that failed', async () => {
    stack.consume({
      work: ({ n }) => (n % 2 ? Promise.reject(new BridgeError('EVENT_INVALID', 'Odd.')) : Promise.resolve({})),
    });

    for (let n = 0; n < 60; n += 1) await stack.producer.add({ n });
    await stack.ended('failed', 30);
    await until(() => stack.recorded.named('job.done').length === 30, { what: 'the others to be done' });

    await until(() => stack.look((queue) => queue.getCompletedCount()).then((kept) => kept === NUMBERS.keepCompleted), {
      what: 'the trimming',
    });
    expect(await stack.look((queue) => queue.getFailedCount())).toBe(30);
  });

  it('finishes the job in hand when it is closed', async () => {
    let finish: () => void = () => undefined;
    const working = new Promise<void>((resolve) => (finish = resolve));
    const consumer = stack.consume({ work: () => working.then(() => ({})) });
    await stack.producer.add({ n: 1 });
    await until(() => stack.look((queue) => queue.getActiveCount()), { what: 'the job to be in hand' });

    const closed = consumer.close();
    finish();
    await closed;

    expect(await stack.look((queue) => queue.getCompletedCount())).toBe(1);
  });

  it('takes a delayed job when it is due, not a second later', async () => {
    stack.consume({ work: () => Promise.resolve({ at: Date.now() }) });
    await until(() => stack.look((queue) => queue.getWorkersCount()), { what: 'the consumer to wait' });

    const due = Date.now() + 150;
    await stack.producer.add({ n: 1 }, { delay: 150 });
    await stack.ended('completed', 1);

    expect(Number(stack.recorded.named('job.done')[0]?.['at']) - due).toBeLessThan(500);
  });

  it('tells seldom when Redis refuses what it asks', async () => {
    await stack.redis.set(`${stack.prefix}:numbers:marker`, 'of another type');
    stack.consume({ work: () => Promise.resolve({}) });
    await until(() => stack.recorded.named('queue.error').length > 0, { what: 'the line' });

    await stack.redis.del(`${stack.prefix}:numbers:marker`);
    await stack.producer.add({ n: 1 });
    await stack.ended('completed', 1);

    expect(stack.recorded.named('queue.error')).toHaveLength(1);
  });
});

describe('a consumer whose dependency is away', () => {
  it('pauses, loses no attempt, and goes on when it is there again', async () => {
    let isAway = true;
    let back: () => void = () => undefined;
    const returned = new Promise<void>((resolve) => (back = resolve));
    const dependency = { isAway: isUnavailable, returned: () => returned };
    for (let n = 0; n < 20; n += 1) await stack.producer.add({ n }, { attempts: 1 });

    stack.consume({ dependency, work: () => (isAway ? away() : Promise.resolve({})) });
    await until(() => stack.recorded.named('job.postponed').length > 0, { what: 'the pause' });
    isAway = false;
    back();
    await until(() => stack.recorded.named('job.done').length === 20, { what: 'all jobs to be done' });

    expect(stack.recorded.named('job.failed')).toEqual([]);
    expect(stack.recorded.named('queue.paused')).toHaveLength(1);
    expect(stack.recorded.named('job.postponed').length).toBeLessThanOrEqual(2); // what was in hand
  });

  it('does not try a backlog in a circle when it answers and yet fails', async () => {
    let isFailing = true;
    const dependency = { isAway: isUnavailable, returned: () => Promise.resolve() };
    for (let n = 0; n < 50; n += 1) await stack.producer.add({ n });

    stack.consume({ dependency, work: () => (isFailing ? away() : Promise.resolve({})) });
    await until(() => stack.recorded.named('queue.resumed').length === 2, { what: 'the second resumption' });
    const tries = stack.recorded.named('job.postponed').length;
    isFailing = false;
    await until(() => stack.recorded.named('job.done').length === 50, { what: 'all jobs to be done' });

    expect(tries).toBeLessThanOrEqual(6); // two at a time, before and between the pauses
  });

  it('goes on when it cannot be told whether it is there again', async () => {
    let isAway = true;
    const dependency = { isAway: isUnavailable, returned: () => Promise.reject(new Error('no idea')) };
    await stack.producer.add({ n: 1 });

    stack.consume({ dependency, work: () => (isAway ? away() : Promise.resolve({})) });
    await until(() => stack.recorded.named('job.postponed').length > 0, { what: 'the pause' });
    isAway = false;

    await stack.ended('completed', 1);
  });
});

describe('a producer', () => {
  it('fails with a name when Redis refuses the job', async () => {
    await stack.redis.set(`${stack.prefix}:numbers:wait`, 'of another type');

    const adding = stack.producer.add({ n: 1 });

    await expect(adding).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE', retry: true, retryAfterSeconds: 5 });
  });

  it.each([
    new TypeError('a bug'),
    Object.assign(new TypeError('another'), { code: 'ERR_INVALID_ARG_TYPE' }),
    new BridgeError('EVENT_INVALID', 'It is invalid.'),
  ])('leaves what has nothing to do with Redis (%s)', async (bug) => {
    const adding = stack.producer.use(() => Promise.reject(bug));

    await expect(adding).rejects.toBe(bug);
  });
});

const isUnavailable = (error: unknown): boolean => (error as { code?: unknown }).code === 'DATABASE_UNAVAILABLE';
