import { Worker } from 'bullmq';
import { createTestRedis, until } from '@bridgecore/devkit';
import { ODOO_PULL, TICKS } from '@bridgecore/contracts';
import { consume, identified } from '@bridgecore/runtime';
import { aboutTick, workTick } from '../src/ticks';
import { Queues, run, Running, schedules } from './scheduler-stack';

let url: string;
let prefix: string;
let queues: Queues;
let running: Running[];
let count = 0;

beforeAll(async () => {
  ({ url } = await createTestRedis());
});

beforeEach(() => {
  prefix = `schedules-${(count += 1)}`;
  queues = new Queues(url, prefix);
  running = [];
});

afterEach(async () => {
  await Promise.all(running.map((scheduler) => scheduler.stop()));
  await queues.close();
});

/** Starts so many replicas, which end with the test. */
function replicas(number: number, wanted = schedules(200, 'odoo')): Running[] {
  const started = Array.from({ length: number }, () => run(url, prefix, wanted));
  running.push(...started);
  return started;
}

describe('schedulers', () => {
  it('make one tick each interval when there are three of them', async () => {
    replicas(3);

    await queues.ticked(8);

    const times = await queues.tickTimes();
    const intervals = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.min(...intervals)).toBeGreaterThanOrEqual(200); // a busy machine may miss one, never make one more
    expect(intervals.filter((interval) => interval % 200 !== 0)).toEqual([]);
  });

  it('tick on when one of them ends', async () => {
    const [first] = replicas(3);
    await queues.ticked(2);

    await first?.stop();

    await queues.ticked(6);
  });

  it('write a schedule once, whoever restarts', async () => {
    const [first] = replicas(1, schedules(60_000, 'odoo'));
    await until(() => first?.named('schedule.set').length, { what: 'the schedule' });
    await queues.ticked(1);
    await first?.stop();

    const [second] = replicas(1, schedules(60_000, 'odoo', 'other'));
    await until(() => second?.named('schedule.set').length, { what: 'the other schedule' });
    await queues.ticked(2);

    expect(second?.named('schedule.set').map(({ schedule }) => schedule)).toEqual(['pull-other']);
    expect((await queues.ticks.getCompleted()).map(({ data }) => (data as { system: string }).system).sort()).toEqual([
      'odoo',
      'other',
    ]);
  });

  it('take over a changed interval', async () => {
    const [old] = replicas(1, schedules(60_000, 'odoo'));
    await queues.ticked(1);
    await old?.stop();

    replicas(1, schedules(100, 'odoo'));

    await queues.ticked(5);
    expect(await queues.scheduled()).toEqual({ 'pull-odoo': 100 });
  });

  it('remove the schedules of systems that are gone', async () => {
    const [old] = replicas(1, schedules(60_000, 'odoo', 'gone'));
    await until(async () => (await queues.ticks.getJobSchedulersCount()) === 2, { what: 'both schedules' });
    await old?.stop();

    const [now] = replicas(1, schedules(60_000, 'odoo'));
    await until(() => now?.named('schedule.removed').length, { what: 'the removal' });

    expect(await queues.scheduled()).toEqual({ 'pull-odoo': 60_000 });
    expect(await queues.ticks.getDelayedCount()).toBe(1);
  });

  it('bring their schedules back when Redis comes back empty', async () => {
    replicas(3);
    await queues.ticked(2);

    await queues.redis.flushdb();

    await queues.ticked(3);
    expect(await queues.scheduled()).toEqual({ 'pull-odoo': 200 });
  });

  it('start a schedule again when its chain of ticks is broken', async () => {
    replicas(1);
    await queues.ticked(1);

    const longAgo = Date.now() - 3_600_000;
    await queues.redis.del(`${prefix}:ticks:delayed`); // each tick makes the next one: with it goes the chain
    await queues.redis.zadd(`${prefix}:ticks:repeat`, longAgo, 'pull-odoo');
    const before = await queues.ticks.getCompletedCount();

    await queues.ticked(before + 3);
  });

  it('have nothing to do when there is no system', async () => {
    const [scheduler] = replicas(1, []);

    await until(() => scheduler?.check() === 'up', { what: 'the scheduler to be ready' });

    expect(await queues.scheduled()).toEqual({});
  });
});

describe('what is done at the start', () => {
  const CHECK = { kind: 'connection-check' };

  it('is asked for once by three replicas together, and again by one that starts later', async () => {
    const started = [1, 2, 3].map(() => run(url, prefix, [], [CHECK]));
    running.push(...started);
    const asked = (scheduler: Running): number => scheduler.named('schedule.at_start').length;
    await until(() => started.every((scheduler) => asked(scheduler) === 1), { what: 'each to have asked' });
    const together = await queues.maintenance.getWaiting();

    await queues.maintenance.drain(); // as if it were done
    running.push(run(url, prefix, [], [CHECK]));
    await until(() => queues.maintenance.getWaitingCount(), { what: 'the next check' });

    expect(together.map(({ data }) => data as unknown)).toEqual([
      { ...CHECK, key_id: null, correlation_id: expect.any(String) as string },
    ]);
    expect(started.map(asked)).toEqual([1, 1, 1]);
  });
});

describe('a tick', () => {
  it('has an id of its own, by which the run that it asks for is found too', async () => {
    const [scheduler] = replicas(1);
    await queues.ticked(3);

    const lines = scheduler?.named('job.done') ?? [];
    const [asked] = (await queues.pulls.getWaiting()).map(({ data }) => data as { correlation_id: string });

    const ids = lines.map(({ correlation_id }) => correlation_id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(lines[0]).toMatchObject({ kind: 'pull', system: 'odoo', outcome: 'done', to: 'odoo-pull' });
    expect(asked?.correlation_id).toBe(ids[0]);
    expect(lines[1]).toMatchObject({ outcome: 'skipped', asked: lines[0]?.['asked'] });
  });

  it('is found by its id also when it fails', async () => {
    const tick = TICKS.parse({ kind: 'pull', system: 'odoo' });
    const broken = { use: () => Promise.reject(new Error('a bug')) };
    const lines: Record<string, unknown>[] = [];
    const line = (message: string, fields = {}): void => void lines.push({ ...fields, message });
    const log = { debug: line, info: line, warn: line, error: line };
    const consumer = consume({
      ...{ definition: identified(TICKS), concurrency: 1, redis: queues.redis, log, prefix, about: aboutTick },
      work: workTick({ pulls: broken, maintenance: broken }),
    });
    await queues.ticks.add('pull', tick);
    await until(() => lines.length, { what: 'the tick to fail' });
    await consumer.close();

    expect(lines).toMatchObject([{ message: 'job.failed', kind: 'pull', system: 'odoo', outcome: 'failed' }]);
    expect(lines[0]?.['correlation_id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('asks for no second run while one waits', async () => {
    replicas(3);

    await queues.ticked(4);

    expect(await queues.pulls.getJobCounts('wait', 'active', 'delayed')).toEqual({ wait: 1, active: 0, delayed: 0 });
  });

  it('asks for no second run while one is under way, and for one when it has ended, well or not', async () => {
    replicas(1, schedules(50, 'odoo'));
    const runs = pullRuns();
    await until(() => runs.begun === 1, { what: 'the first run' });
    await queues.ticked((await queues.ticks.getCompletedCount()) + 3);
    const meanwhile = await queues.pulls.getJobCounts('wait', 'active', 'delayed');

    runs.end();
    await until(() => runs.begun === 2, { what: 'the run after a success' });
    runs.end(new Error('Odoo is away'));
    await until(() => runs.begun === 3, { what: 'the run after a failure' });

    expect(meanwhile).toEqual({ wait: 0, active: 1, delayed: 0 });
    runs.end();
    await runs.worker.close();
  });

  it('asks for a run of each system, whatever the others do', async () => {
    replicas(2, schedules(100, 'odoo', 'other'));

    await until(async () => (await queues.pulls.getWaitingCount()) === 2, { what: 'two runs' });

    const waiting = await queues.pulls.getWaiting();
    expect(waiting.map(({ data }) => (data as { system: string }).system).sort()).toEqual(['odoo', 'other']);
  });
});

/** A worker of `odoo-pull` whose runs end when they are told to. */
function pullRuns(): { worker: Worker; begun: number; end: (error?: Error) => void } {
  const underWay: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const runs = {
    begun: 0,
    end: (error?: Error): void => {
      const run = underWay.pop();
      if (error === undefined) run?.resolve();
      else run?.reject(error);
    },
  };
  const work = (): Promise<void> => {
    runs.begun += 1;
    return new Promise((resolve, reject) => underWay.push({ resolve, reject }));
  };
  const worker = new Worker(ODOO_PULL.name, work, { connection: queues.redis, prefix, concurrency: 5 });
  worker.on('error', () => undefined);
  return Object.assign(runs, { worker });
}
