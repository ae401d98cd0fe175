import { BridgeError, MAINTENANCE, ODOO_PULL, TickJob, TICKS } from '@bridgecore/contracts';
import { Check, connectFailFast, connectPatient, consume, disconnect, Log, Producer } from '@bridgecore/runtime';
import { keep, REDIS_PREFIX, Shutdown, watch, Watchdog, watchSettings } from '@bridgecore/runtime';
import { Schedule } from './schedules';
import { reconcile, workTick } from './ticks';

/** Redis may come back empty: so often it is looked at whether every schedule is still there. */
const RECONCILE_MS = 60_000;

/** What a scheduler is made of; its last two are for tests, which share a Redis and have no minute to wait. */
export interface SchedulerOptions {
  readonly redisUrl: string;
  readonly schedules: readonly Schedule[];
  /** What is done once at each start, when Redis is there, as if its time had come. */
  readonly atStart?: readonly TickJob[];
  readonly log: Log;
  readonly shutdown: Pick<Shutdown, 'begun' | 'defer'>;
  /** What liveness rests on; the scheduler adds its own. */
  readonly live: Watchdog[];
  /** So long ticks may wait with nothing in their way. */
  readonly watchdogMs: number;
  readonly prefix?: string;
  readonly reconcileMs?: number;
}

/** Sees to it that the schedules are in Redis, and turns their ticks into jobs; any number of them make the same ticks. */
export function startScheduler(options: SchedulerOptions): Check {
  const { redisUrl, schedules, log, shutdown, prefix = REDIS_PREFIX, reconcileMs = RECONCILE_MS } = options;
  const redis = connectFailFast(redisUrl, log);
  shutdown.defer('redis', () => disconnect(redis));
  shutdown.defer('settings of redis', watchSettings(redis, log).stop);
  const patientRedis = connectPatient(redisUrl, log);
  shutdown.defer('redis of the queue', () => disconnect(patientRedis));

  const pulls = new Producer(ODOO_PULL, redis, prefix);
  const work = workTick({ pulls, maintenance: new Producer(MAINTENANCE, redis, prefix) });
  const consumer = consume({ definition: TICKS, concurrency: 10, redis: patientRedis, log, prefix, work });
  shutdown.defer('queue ticks', () => consumer.close(), consumer.inHand);
  const watchdog = watch({ consumers: [consumer], redis, log, afterMs: options.watchdogMs, prefix });
  options.live.push(watchdog);
  shutdown.defer('watchdog', watchdog.stop);

  const ticks = new Producer(TICKS, redis, prefix);
  const problems = tellOnce(log);
  const left = [...(options.atStart ?? [])];
  const reconciling = keep(
    async () => {
      await ticks.use((queue) => reconcile(queue, schedules, log));
      for (const tick of [...left]) {
        log.info('schedule.at_start', await work(tick));
        left.shift();
      }
      problems.over();
    },
    reconcileMs,
    problems.failed,
  );
  shutdown.defer('schedules', () => reconciling.stop());
  shutdown.begun.addEventListener('abort', () => {
    watchdog.stop(); // it would take draining for standing still
    void consumer.close(); // ticks are for the other schedulers from now on
    void reconciling.stop();
  });
  return () => (redis.status === 'ready' ? 'up' : 'down');
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
