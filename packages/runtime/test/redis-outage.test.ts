import { Stack, startStack, until } from '@bridgecore/devkit';
import { Redis } from 'ioredis';
import { connectFailFast, disconnect, withLock } from '../src/index';
import { Numbered, NUMBERS, QueueStack } from './queue-stack';
import { recordedLog } from './recorded-log';

let redis: Stack['redis'];
let own: Stack;
let stack: QueueStack;
let count = 0;

/** A returned Redis is made use of within this time. */
const RECOVERY_MS = 10_000;

beforeAll(async () => {
  own = await startStack({ stores: ['redis'], log: () => undefined });
  redis = own.redis;
});

beforeEach(() => {
  stack = new QueueStack(redis.url, `outage-${(count += 1)}`, { ...NUMBERS, keepCompleted: 1_000 });
});

afterEach(() => stack.end());

afterAll(() => own.stop());

type Outage = readonly [name: string, begin: () => Promise<void>, end: () => Promise<void>];

const OUTAGES: readonly Outage[] = [
  ['is stopped', () => redis.stop(), () => redis.start()],
  ['is killed', () => redis.kill(), () => redis.start()],
  ['hangs', () => redis.pause(), () => redis.resume()],
];

describe.each(OUTAGES)('when Redis %s', (_name, begin, end) => {
  it('producers fail fast, and both ends work again by themselves after its return', async () => {
    const done: number[] = [];
    stack.consume({ work: ({ n }) => Promise.resolve({ n: done.push(n) }) });
    await stack.ready();
    await added(0);

    await begin();
    const asked = performance.now();
    await expect(stack.producer.add({ n: -1 })).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    const waited = performance.now() - asked;
    await until(() => stack.recorded.named('redis.down').length > 0, { what: 'the outage to be noticed' });
    await end();
    await until(() => added(1), { what: 'the producer', timeoutMs: RECOVERY_MS });

    await until(() => done.includes(1), { what: 'the consumer', timeoutMs: RECOVERY_MS });
    expect(waited).toBeLessThan(2_000);
    expect(stack.recorded.named('queue.error')).toEqual([]);
  });

  it('what was in hand is done once, and what waited is done after its return', async () => {
    let finish: () => void = () => undefined;
    const working = new Promise<void>((resolve) => (finish = resolve));
    const started: number[] = [];
    const work = ({ n }: Numbered): Promise<object> => (
      started.push(n),
      n === 0 ? working.then(() => ({})) : Promise.resolve({})
    );
    stack.consume({ concurrency: 1, work: (job) => work(job) as Promise<Record<string, unknown>> });
    await stack.ready();
    for (let n = 0; n < 5; n += 1) await stack.producer.add({ n });
    await until(() => started.length === 1, { what: 'the first job to be in hand' });

    await begin();
    finish();
    await until(() => stack.recorded.named('redis.down').length > 0, { what: 'the outage to be noticed' });
    await end();
    await until(() => stack.recorded.named('job.done').length === 5, { what: 'all jobs', timeoutMs: RECOVERY_MS });

    expect(started).toEqual([0, 1, 2, 3, 4]);
    await stack.ended('completed', 5);
  });
});

describe('when Redis is away', () => {
  it('producers and consumers that start then work when it comes', async () => {
    await redis.stop();
    const late = new QueueStack(redis.url, 'outage-late');
    const done: number[] = [];
    late.consume({ work: ({ n }) => Promise.resolve({ n: done.push(n) }) });
    await expect(late.producer.add({ n: 1 })).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    await until(() => late.recorded.named('redis.down').length === 2, { what: 'the outage to be noticed' });

    await redis.start();
    await until(() => late.producer.add({ n: 1 }).then(() => true), { what: 'the producer', timeoutMs: RECOVERY_MS });

    await until(() => done.includes(1), { what: 'the consumer', timeoutMs: RECOVERY_MS });
    await late.end();
  });

  it('a consumer closes at once', async () => {
    await redis.stop();
    const consumer = stack.consume({ work: () => Promise.resolve({}) });
    await until(() => stack.recorded.named('redis.down').length === 2, { what: 'the outage to be noticed' });

    const asked = performance.now();
    await consumer.close();

    expect(performance.now() - asked).toBeLessThan(1_000);
    await redis.start();
  });
});

describe('withLock', () => {
  let client: Redis;

  beforeEach(async () => {
    client = connectFailFast(redis.url, recordedLog().log);
    await until(() => client.status === 'ready', { what: 'Redis' });
  });

  afterEach(() => disconnect(client));

  it('tells the work that the lock is lost when Redis stays away for the time to live', async () => {
    await withLock(client, 'lock', 300, async (lost) => {
      await redis.stop();

      await until(() => lost.aborted, { what: 'the signal' });
    });

    await redis.start();
  });

  it('keeps the lock when Redis comes back in time', async () => {
    await withLock(client, 'lock', 20_000, async (lost) => {
      await redis.kill();
      await redis.start();
      await until(() => client.status === 'ready', { what: 'Redis' });

      expect(await client.exists('lock')).toBe(1);
      expect(lost.aborted).toBe(false);
    });

    expect(await client.exists('lock')).toBe(0);
  });

  it.each(OUTAGES)('leaves no lock behind when the work ends while Redis %s', async (_name, begin, end) => {
    await withLock(client, 'left', 60_000, async () => {
      expect(await client.exists('left')).toBe(1);
      await begin();
    });

    await end();

    const again = (): Promise<boolean> => withLock(client, 'left', 60_000, () => Promise.resolve());
    await until(again, { what: 'the lock', timeoutMs: RECOVERY_MS });
  });

  it('leaves no lock behind when Redis hung while it was asked for', async () => {
    await redis.pause();
    const locking = withLock(client, 'lock', 60_000, () => Promise.resolve());
    await expect(locking).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });

    await redis.resume();

    const again = (): Promise<boolean> => withLock(client, 'lock', 60_000, () => Promise.resolve());
    await until(again, { what: 'the lock', timeoutMs: RECOVERY_MS });
  });
});

async function added(n: number): Promise<boolean> {
  await stack.producer.add({ n });
  return true;
}
