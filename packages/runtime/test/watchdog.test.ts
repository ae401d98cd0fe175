import { Worker } from 'bullmq';
import { Registry } from 'prom-client';
import { BridgeError } from '@bridgecore/contracts';
import { createTestRedis, Stack, startStack, until } from '@bridgecore/devkit';
import { watch, Watchdog } from '../src/index';
import { NUMBERS, QueueStack } from './queue-stack';

/** Far below production's minute, far above what a busy machine takes to pick up a job. */
const AFTER_MS = 3_000;

let stack: QueueStack;
let watchdog: Watchdog | undefined;
let metrics: Registry;

beforeEach(() => {
  metrics = new Registry();
});

afterEach(async () => {
  watchdog?.stop();
  jest.restoreAllMocks();
  await stack.end();
});

function watched(consumer: ReturnType<QueueStack['consume']>, isDependencyUp?: () => boolean): Watchdog {
  const { redis, prefix, recorded } = stack;
  const dependency = isDependencyUp === undefined ? {} : { isDependencyUp };
  watchdog = watch({
    consumers: [consumer],
    redis,
    prefix,
    log: recorded.log,
    metrics,
    afterMs: AFTER_MS,
    ...dependency,
  });
  return watchdog;
}

/** Resolves when the watchdog had time enough to bark; nothing else tells that it does not. */
async function patience(): Promise<void> {
  const end = performance.now() + 2 * AFTER_MS;
  await until(() => performance.now() > end, { what: 'the watchdog to have had its time', timeoutMs: 60_000 });
}

describe('watch', () => {
  beforeEach(async () => {
    const { url, prefix } = await createTestRedis();
    stack = await new QueueStack(url, prefix).ready();
  });

  it('finds a consumer stuck that went deaf, and moving when it hears again', async () => {
    const made = jest.spyOn(Worker.prototype, 'on');
    const dog = watched(stack.consume({ work: () => Promise.resolve({}) }));
    const worker = made.mock.contexts[0] as Worker;
    await stack.producer.add({ n: 0 });
    await stack.ended('completed', 1);

    await worker.pause(true); // behind our back
    for (let n = 1; n < 9; n += 1) await stack.producer.add({ n });
    await until(() => dog.stuck().length > 0, { what: 'the watchdog', timeoutMs: 20_000 });
    const shownWhileStuck = await metrics.metrics();
    await worker.resume();
    await until(() => dog.stuck().length === 0, { what: 'it to move again' });

    const [line] = stack.recorded.named('queue.stuck');
    expect(line).toMatchObject({ level: 'error', queue: 'numbers', waiting: expect.any(Number) as number });
    expect(Number(line?.['idle_ms'])).toBeGreaterThan(AFTER_MS);
    expect(stack.recorded.named('queue.moving')).toHaveLength(1);
    expect(shownWhileStuck).toContain('bridgecore_queue_stuck{queue="numbers"} 1');
    expect(await metrics.metrics()).toContain('bridgecore_queue_stuck{queue="numbers"} 0');
    await until(() => stack.recorded.named('job.done').length === 9, { what: 'all jobs' });
  });

  it('leaves an empty queue and one whose slots are all busy alone', async () => {
    let finish: () => void = () => undefined;
    const working = new Promise<void>((resolve) => (finish = resolve));
    const dog = watched(stack.consume({ concurrency: 1, work: () => working.then(() => ({})) }));

    await patience();
    for (let n = 0; n < 3; n += 1) await stack.producer.add({ n });
    await patience();

    expect(dog.stuck()).toEqual([]);
    expect(stack.recorded.named('queue.stuck')).toEqual([]);
    finish();
    await stack.ended('completed', 3);
  });

  it('leaves a queue alone whose dependency is away, and finds it stuck when it stays paused beyond that', async () => {
    let isUp = false;
    let resume: () => void = () => undefined;
    const returned = new Promise<void>((resolve) => (resume = resolve));
    const away = (): Promise<never> => Promise.reject(new BridgeError('DATABASE_UNAVAILABLE', 'It is away.'));
    const dependency = { isAway: () => true, returned: () => returned };
    const work = (): Promise<object> => (isUp ? Promise.resolve({}) : away());
    const consumer = stack.consume({ dependency, work: () => work() as Promise<Record<string, unknown>> });
    const dog = watched(consumer, () => isUp);
    for (let n = 0; n < 5; n += 1) await stack.producer.add({ n });
    await until(() => stack.recorded.named('queue.paused').length > 0, { what: 'the pause' });

    await patience();
    const whileAway = dog.stuck();
    isUp = true;

    await until(() => dog.stuck().length > 0, { what: 'the watchdog', timeoutMs: 20_000 });
    expect(whileAway).toEqual([]);
    resume();
    await stack.ended('completed', 5);
  });
});

describe('watch, when Redis goes', () => {
  let own: Stack;

  beforeAll(async () => {
    own = await startStack({ stores: ['redis'], log: () => undefined });
    stack = new QueueStack(own.redis.url, 'watch-outage', NUMBERS);
  });

  afterAll(() => own.stop());

  it('has patience while it is away, and work goes on after its return', async () => {
    const dog = watched(stack.consume({ work: () => Promise.resolve({}) }));
    await stack.ready();
    await stack.producer.add({ n: 0 });
    await stack.ended('completed', 1);

    await own.redis.kill();
    await patience();
    await own.redis.start();
    const added = (): Promise<boolean> => stack.producer.add({ n: 1 }).then(() => true);
    await until(added, { what: 'the producer' });
    await until(() => stack.recorded.named('job.done').length === 2, { what: 'the job', timeoutMs: 10_000 });

    expect(dog.stuck()).toEqual([]);
    expect(stack.recorded.named('queue.stuck')).toEqual([]);
  });
});
