import { Queue } from 'bullmq';
import { MAINTENANCE } from '@bridgecore/contracts';
import { createTestRedis, until } from '@bridgecore/devkit';
import { ConfigError, loadConfig } from '@bridgecore/runtime';
import { ScheduleConfig } from '../src/config';
import { maintenanceSchedules, Schedule } from '../src/schedules';
import { Queues, run, Running } from './scheduler-stack';

let url: string;
let prefix: string;
let queues: Queues;
let maintenance: Queue;
let running: Running[];
let count = 0;

beforeAll(async () => {
  ({ url } = await createTestRedis());
});

beforeEach(() => {
  prefix = `maintenance-${(count += 1)}`;
  queues = new Queues(url, prefix);
  maintenance = new Queue(MAINTENANCE.name, { connection: queues.redis, prefix, skipVersionCheck: true });
  running = [];
});

afterEach(async () => {
  await Promise.all(running.map((scheduler) => scheduler.stop()));
  await queues.close();
});

/** The schedules of these settings, but only the clean-up's: the others tick at once. */
const cleanUps = (env: Record<string, string> = {}): Schedule[] =>
  maintenanceSchedules(loadConfig([ScheduleConfig], env)).filter(({ id }) => id === 'clean-up');

async function start(wanted: Schedule[]): Promise<Running> {
  const scheduler = run(url, prefix, wanted);
  running.push(scheduler);
  await until(() => scheduler.named('schedule.set').length, { what: 'the schedule' });
  return scheduler;
}

const scheduled = async (): Promise<object[]> =>
  (await queues.ticks.getJobSchedulers(0, -1)).map(({ key, pattern, tz, next }) => ({ key, pattern, tz, next }));

describe('the schedule of the clean-up', () => {
  it('is daily at 04:00 UTC', async () => {
    await start(cleanUps());

    const [schedule] = await scheduled();

    expect(schedule).toMatchObject({ key: 'clean-up', pattern: '0 4 * * *', tz: 'UTC' });
    expect(new Date((schedule as { next: number }).next).toISOString()).toMatch(/T04:00:00\.000Z$/);
  });

  it('is at that time of its time zone, and replaced when the time is changed', async () => {
    const old = await start(cleanUps());
    await old.stop();

    const now = await start(cleanUps({ CLEAN_UP_TIME: '23:45', CLEAN_UP_TIME_ZONE: 'Asia/Kolkata' }));

    const found = await scheduled();
    expect(found).toMatchObject([{ key: 'clean-up', pattern: '45 23 * * *', tz: 'Asia/Kolkata' }]);
    expect(new Date((found[0] as { next: number }).next).toISOString()).toMatch(/T18:15:00\.000Z$/);
    expect(await queues.ticks.getDelayedCount()).toBe(1);
    expect(now.named('schedule.set')).toHaveLength(1);
  });

  it('does not tick before its time', async () => {
    await start(cleanUps());

    expect(await queues.ticks.getJobCounts('wait', 'active', 'completed')).toEqual({
      wait: 0,
      active: 0,
      completed: 0,
    });
    expect(await maintenance.getWaitingCount()).toBe(0);
  });

  it.each([
    ['CLEAN_UP_TIME', '24:00'],
    ['CLEAN_UP_TIME', '4'],
    ['CLEAN_UP_TIME_ZONE', 'Middle-earth/Shire'],
  ])('is refused with %s=%s', (name, value) => {
    expect(() => cleanUps({ [name]: value })).toThrow(ConfigError);
  });
});

describe('the tick of the clean-up', () => {
  it('leads to one job, however many ticks and schedulers there are', async () => {
    const often = [{ id: 'clean-up', repeat: { every: 100 }, tick: { kind: 'clean-up' } }];
    running.push(...Array.from({ length: 3 }, () => run(url, prefix, often)));

    await queues.ticked(4);

    const jobs = await maintenance.getJobs(['waiting', 'active', 'delayed']);
    expect(jobs.map(({ data }) => MAINTENANCE.parse(data))).toEqual([
      { kind: 'clean-up', key_id: null, correlation_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
    ]);
  });
});
