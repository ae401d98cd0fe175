import { answers, createPool } from '@bridgecore/database';
import { connectFailFast, connectPatient, disconnect, probe, watch, watchSettings } from '@bridgecore/runtime';
import { showChecks } from './checks/meters';
import { consumeAll, WORKED_QUEUES } from './consume-all';
import { startMover } from './dead-letters/mover';
import { MAINTENANCE_SLOTS } from './maintenance/maintenance-job';
import { countEvents } from './meters/event-meter';
import { countJobs } from './meters/job-meter';
import { applyWhenUp } from './notify/apply-subscriptions';
import { FanOut } from './notify/fan-out';
import { openNotify } from './notify/open-notify';
import { openOutbox } from './outbox/open-outbox';
import { createSeen } from './record/seen';
import { awaitSchema } from './schema';
import { showSystems } from './statistics/meters';
import { OpenStores, WorkerDependencies, WorkerSettings } from './workplace';

/**
 * Opens the stores, waits for the schema, and works off the queues. It is not ready before that. When it is to end, all
 * queues stop taking jobs at once, and runs stop after the page in hand: a run may have many before it.
 */
export async function openWorker(config: WorkerSettings, dependencies: WorkerDependencies): Promise<void> {
  const { log, checks, live, ended, defer } = dependencies;
  const opened = openStores(config, dependencies);

  checks['schema'] = () => 'down';
  if (!(await awaitSchema(opened.pool, log, ended)) || ended.aborted) return;
  const { sealer, subscriptions: declared } = dependencies;
  if (!(await applyWhenUp(declared, { pool: opened.pool, sealer, log }, ended))) return;
  checks['schema'] = () => 'up';

  const { pool, notifyPool, fastRedis } = opened;
  // Deliveries are written by what follows, so it comes first, and is closed after it.
  const notify = openNotify(config, { ...dependencies, pool: notifyPool });
  const sweepMs = config.OUTBOX_SWEEP_SECONDS * 1_000;
  const fanOut = new FanOut({ log, ring: () => notify.ring() });
  const outbox = openOutbox(dependencies.subscribers ?? [fanOut], { ...dependencies, pool, sweepMs });
  const seen = createSeen(fastRedis, config.WEBHOOK_DEDUP_TTL_SECONDS, log);
  const { metrics, systemIds } = dependencies;
  const stores = { pool, log, outbox, seen, meter: countEvents(metrics, systemIds) };
  const count = countJobs(metrics, WORKED_QUEUES);

  showChecks(metrics, pool, [...dependencies.systems.keys()]);
  showSystems(metrics, pool, [...dependencies.systems.keys()]);

  const mover = startMover({ stores, redis: fastRedis, everyMs: config.DEAD_LETTER_MOVE_SECONDS * 1_000, count });
  defer('mover of failed jobs', () => mover.stop());
  const consumers = consumeAll(config, dependencies, { ...opened, stores, count });
  for (const consumer of consumers) defer(`queue ${consumer.name}`, () => consumer.close(), consumer.inHand);
  const afterMs = config.WATCHDOG_SECONDS * 1_000;
  const isDependencyUp = (): boolean => checks['postgres']?.() === 'up';
  const watchdog = watch({ consumers, redis: fastRedis, log, metrics, afterMs, isDependencyUp });
  live.push(watchdog);
  defer('watchdog', watchdog.stop);
  ended.addEventListener('abort', () => {
    watchdog.stop(); // it would take draining for standing still
    for (const consumer of consumers) void consumer.close();
    void mover.stop();
  });
}

function openStores(
  config: WorkerSettings,
  { systems, log, metrics, checks, defer, subscribers }: WorkerDependencies,
): OpenStores {
  const redis = connectPatient(config.REDIS_URL, log);
  defer('redis of the queues', () => disconnect(redis));
  const fastRedis = connectFailFast(config.REDIS_URL, log);
  defer('redis', () => disconnect(fastRedis));
  defer('settings of redis', watchSettings(fastRedis, log, metrics).stop);
  checks['redis'] = () => (fastRedis.status === 'ready' ? 'up' : 'down');

  const connections =
    config.WORKER_CONCURRENCY +
    systems.size +
    (subscribers?.length ?? 1) +
    MAINTENANCE_SLOTS +
    config.DATA_SYNC_CONCURRENCY +
    2;
  const pool = createPool(config.DATABASE_URL, log, { max: connections, statementTimeoutMs: 15_000 });
  defer('postgres', () => pool.end());
  // A claim or a note takes milliseconds, and a call none at all. Only tries of one subscription wait for each other, should a
  // worker be frozen that has its row locked; there are as many connections as those may take, and some for all others.
  const notifyConnections = config.NOTIFY_CONCURRENCY + 4;
  const notifyPool = createPool(config.DATABASE_URL, log, { max: notifyConnections, statementTimeoutMs: 15_000 });
  defer('postgres of notifications', () => notifyPool.end());
  const postgres = probe(() => answers(pool));
  defer('probe of postgres', postgres.stop);
  checks['postgres'] = postgres.check;
  return { redis, fastRedis, pool, notifyPool };
}
