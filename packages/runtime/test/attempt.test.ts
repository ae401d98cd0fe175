import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createTestRedis, TestRedis, until } from '@bridgecore/devkit';
import { NUMBERS, QueueStack } from './queue-stack';

const HANGING = join(__dirname, 'hanging-consumer.js');

const never = (): Promise<never> => new Promise(() => undefined);

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

describe('an attempt', () => {
  it('that takes too long fails, frees its slot and is made again', async () => {
    const tries: number[] = [];
    const work = ({ n }: { n: number }): Promise<object> => (tries.push(n), n === 0 ? never() : Promise.resolve({}));
    stack.consume({ concurrency: 1, timeoutMs: 50, work: (job) => work(job) as Promise<Record<string, unknown>> });

    await stack.producer.add({ n: 0 });
    await stack.producer.add({ n: 1 });
    await stack.ended('completed', 1);
    await stack.ended('failed', 1);

    expect(tries.filter((n) => n === 0)).toHaveLength(NUMBERS.attempts);
    expect(stack.recorded.named('job.failed')[0]).toMatchObject({ retry: true, error: { code: 'JOB_TIMEOUT' } });
  });

  it('that fails after its time is up harms nobody', async () => {
    let fail: (error: Error) => void = () => undefined;
    let tries = 0;
    const hangs = new Promise<never>((_, reject) => (fail = reject));
    stack.consume({ timeoutMs: 50, work: () => ((tries += 1) === 1 ? hangs : Promise.resolve({})) });

    await stack.producer.add({ n: 0 });
    await stack.ended('completed', 1);
    fail(new Error('late'));

    await stack.producer.add({ n: 1 });
    await stack.ended('completed', 2);
    expect(stack.recorded.named('job.failed')).toHaveLength(1);
  });

  it('keeps its lock for as long as it takes', async () => {
    let finish: () => void = () => undefined;
    const working = new Promise<void>((resolve) => (finish = resolve));
    stack.consume({ lockMs: 2_000, work: () => working.then(() => ({})) });
    await stack.producer.add({ n: 1 });
    const id = await until(async () => (await stack.look((queue) => queue.getActive()))[0]?.id, { what: 'the job' });
    const left = (): Promise<number> => stack.redis.pttl(`${stack.prefix}:numbers:${id}:lock`);

    const low = await until(async () => ((await left()) < 1_500 ? left() : 0), { what: 'the lock to grow old' });
    await until(async () => (await left()) > low + 200, { what: 'its renewal' });
    finish();
    await stack.ended('completed', 1);

    expect(stack.recorded.named('job.stalled')).toEqual([]);
  });

  it('of a worker that was killed is made by another soon after the lock has ended', async () => {
    const other = spawn(process.execPath, [HANGING, shared.url, stack.prefix], { stdio: 'inherit' });
    await stack.producer.add({ n: 1 });
    await until(() => stack.look((queue) => queue.getActiveCount()), { what: 'the job to be in hand' });

    other.kill('SIGKILL');
    stack.consume({ lockMs: 2_000, work: () => Promise.resolve({}) });
    await stack.ended('completed', 1);

    expect(stack.recorded.named('job.stalled')).toHaveLength(1);
  });
});
