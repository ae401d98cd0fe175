import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { BridgeError, MAINTENANCE, ODOO_PULL, QUEUES, TickJob, TICKS } from '@bridgecore/contracts';
import { Check, connectFailFast, connectPatient, consume, disconnect, identified, Log } from '@bridgecore/runtime';
import { keep, Producer, queueReader, REDIS_PREFIX, showQueues, Shutdown, watch, Watchdog } from '@bridgecore/runtime';
import { watchSettings } from '@bridgecore/runtime';
import { countTicks, showLateness } from './meters';
import { Schedule } from './schedules';
import { aboutTick, reconcile, workTick } from './ticks';

/** Redis may come back empty: so often it is looked at whether every schedule is still there. */
const RECONCILE_MS = 60_000;

/** What a scheduler is made of; its last two are for tests, which share a Redis and have no minute to wait. */
export interface SchedulerOptions {
  readonly redisUrl: string;
  readonly schedules: readonly Schedule[];
  /** What is done once at each start, when Redis is there, as if its time had come. */
  readonly atStart?: readonly TickJob[];
  readonly log: Log;
  readonly metrics: Registry;
  readonly shutdown: Pick<Shutdown, 'defer'>;
  /** What liveness rests on; the scheduler adds its own. */
  readonly live: Watchdog[];
  /** So long ticks may wait with nothing in their way. */
  readonly watchdogMs: number;
  readonly prefix?: string;
  readonly reconcileMs?: number;
}

/** A tick, with an id of its own. */
const IDENTIFIED_TICKS = identified(TICKS);

/** Sees to it that the schedules are in Redis, and turns their ticks into jobs; any number of them make the same ticks. */
export function startScheduler(options: SchedulerOptions): Check {
  const { redisUrl, schedules, log, metrics, shutdown, prefix = REDIS_PREFIX } = options;
  const redis = connectFailFast(redisUrl, log);
  shutdown.defer('redis', () => disconnect(redis));
  shutdown.defer('settings of redis', watchSettings(redis, log, metrics).stop);
  const patientRedis = connectPatient(redisUrl, log);
  shutdown.defer('redis of the queue', () => disconnect(patientRedis));

  const pulls = new Producer(ODOO_PULL, redis, prefix);
  const maintenance = new Producer(MAINTENANCE, redis, prefix);
  const work = workTick({ pulls, maintenance, count: countTicks(metrics) });
  const queue = { definition: IDENTIFIED_TICKS, concurrency: 10, redis: patientRedis, log, prefix };
  const consumer = consume({ ...queue, work, about: aboutTick });
  shutdown.defer('queue ticks', () => consumer.close());
  const watchdog = watch({ consumers: [consumer], redis, log, metrics, afterMs: options.watchdogMs, prefix });
  options.live.push(watchdog);
  shutdown.defer('watchdog', watchdog.stop);

  const ticks = new Producer(TICKS, redis, prefix);
  showQueues(metrics, queueReader(redis, QUEUES, prefix));
  showLateness(
    metrics,
    ticks,
    schedules.map(({ id }) => id),
  );
  shutdown.defer('schedules', keepSchedules(ticks, work, options));
  return upWhile(redis);
}

const upWhile =
  (redis: Redis): Check =>
  () =>
    redis.status === 'ready' ? 'up' : 'down';

/** Looks again and again whether Redis holds the schedules; what is to be done at the start is done once it does. */
function keepSchedules(
  ticks: Producer<TickJob>,
  work: ReturnType<typeof workTick>,
  { schedules, atStart = [], log, reconcileMs = RECONCILE_MS }: SchedulerOptions,
): () => Promise<void> {
  const problems = tellOnce(log);
  const left = atStart.map((tick) => IDENTIFIED_TICKS.parse(tick));
  const look = async (): Promise<void> => {
    await ticks.use((queue) => reconcile(queue, schedules, log));
    for (const tick of [...left]) {
      log.info('schedule.at_start', { ...aboutTick(tick), outcome: 'done', ...(await work(tick)) });
      left.shift();
    }
    problems.over();
  };
  const reconciling = keep(look, reconcileMs, problems.failed);
  return () => reconciling.stop();
}

/** Tells of the first failure in a row: it is tried again every second. Redis' absence is told as `redis.down`. */
function tellOnce(log: Log): { failed: (error: unknown) => void; over: () => void } {
  let isTold = false;
  return {
    failed: (error) => {
      const isAway = error instanceof BridgeError && error.code === 'QUEUE_UNAVAILABLE' && error.cause === undefined;
      if (isTold || isAway) return;
      isTold = true;
      log.error('schedule.failed', { error, hint: 'tried again every second' });
    },
    over: () => {
      isTold = false;
    },
  };
}
