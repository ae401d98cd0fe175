import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { Registry } from 'prom-client';
import { EventJob, ODOO_PULL, PayloadSettings, redaction, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { answers, createPool, DatabaseConfig, databaseDependency } from '@bridgecore/database';
import { Check, connectFailFast, connectPatient, consume, Consumer, disconnect } from '@bridgecore/runtime';
import { HealthConfig, JobReport, Log, probe, RedisConfig, watch, Watchdog, watchSettings } from '@bridgecore/runtime';
import { WorkerConfig } from './config';
import { startMover } from './dead-letters/mover';
import { countBuried, countJobs } from './meters';
import { openOutbox } from './outbox/open-outbox';
import { OutboxSubscriber } from './outbox/subscriber';
import { workPullJob } from './pull/pull-job';
import { PulledSystem } from './pull/pull-run';
import { aboutEventJob, workEventJob } from './record/event-job';
import { Stores } from './record/record';
import { createSeen } from './record/seen';
import { awaitSchema } from './schema';

export type WorkerSettings = Readonly<
  RedisConfig & DatabaseConfig & PayloadSettings & WorkerConfig & Pick<HealthConfig, 'WATCHDOG_SECONDS'>
>;

/** What the worker is given beside its settings. */
export interface WorkerDependencies {
  readonly systems: ReadonlyMap<string, PulledSystem>;
  readonly log: Log;
  readonly metrics: Registry;
  /** What must follow every new event. */
  readonly subscribers?: readonly OutboxSubscriber[];
  /** What readiness rests on; the worker adds its own. */
  readonly checks: Record<string, Check>;
  /** What liveness rests on; the worker adds its own. */
  readonly live: Watchdog[];
  /** Told how to close what was just opened; closing runs in reverse. */
  readonly defer: (name: string, close: () => unknown) => void;
}

/** Opens the stores, waits for the schema, and works off the queues. It is not ready before that. */
export async function openWorker(config: WorkerSettings, dependencies: WorkerDependencies): Promise<void> {
  const { log, checks, live, defer } = dependencies;
  const opened = openStores(config, dependencies);
  const ended = new AbortController();
  const end = ended.abort.bind(ended, undefined);

  checks['schema'] = () => 'down';
  defer('waiting', end);
  if (!(await awaitSchema(opened.pool, log, ended.signal))) return;
  checks['schema'] = () => 'up';

  const { pool, fastRedis } = opened;
  const sweepMs = config.OUTBOX_SWEEP_SECONDS * 1_000;
  const outbox = openOutbox(dependencies.subscribers ?? [], { ...dependencies, pool, sweepMs });
  const seen = createSeen(fastRedis, config.WEBHOOK_DEDUP_TTL_SECONDS, log);
  const stores = { pool, log, outbox, seen, buried: countBuried(dependencies.metrics) };
  const count = countJobs(dependencies.metrics);

  const mover = startMover({ stores, redis: fastRedis, everyMs: config.DEAD_LETTER_MOVE_SECONDS * 1_000, count });
  defer('mover of failed jobs', () => mover.stop());
  const consumers = consumeAll(config, dependencies, { ...opened, stores, count, ended: ended.signal });
  for (const consumer of consumers) defer(`queue ${consumer.name}`, () => consumer.close());
  const afterMs = config.WATCHDOG_SECONDS * 1_000;
  const isDependencyUp = (): boolean => checks['postgres']?.() === 'up';
  const watchdog = watch({ consumers, redis: fastRedis, log, afterMs, isDependencyUp });
  live.push(watchdog);
  defer('watchdog', watchdog.stop);
  defer('pull runs', end); // a run may have many pages before it: it stops after the one under way
}

interface OpenStores {
  /** For the queues: it waits for Redis' return. */
  readonly redis: Redis;
  /** For the lock and `seen`: they never wait. */
  readonly fastRedis: Redis;
  readonly pool: Pool;
}

function openStores(
  config: WorkerSettings,
  { systems, log, checks, defer, subscribers = [] }: WorkerDependencies,
): OpenStores {
  const redis = connectPatient(config.REDIS_URL, log);
  defer('redis of the queues', () => disconnect(redis));
  const fastRedis = connectFailFast(config.REDIS_URL, log);
  defer('redis', () => disconnect(fastRedis));
  defer('settings of redis', watchSettings(fastRedis, log).stop);
  checks['redis'] = () => (fastRedis.status === 'ready' ? 'up' : 'down');

  const connections = config.WORKER_CONCURRENCY + systems.size + subscribers.length + 2;
  const pool = createPool(config.DATABASE_URL, log, { max: connections, statementTimeoutMs: 15_000 });
  defer('postgres', () => pool.end());
  const postgres = probe(() => answers(pool));
  defer('probe of postgres', postgres.stop);
  checks['postgres'] = postgres.check;
  return { redis, fastRedis, pool };
}

/** What jobs are worked with. */
interface Workplace extends OpenStores {
  readonly stores: Stores;
  readonly count: ReturnType<typeof countJobs>;
  /** Aborted when the worker is to end. */
  readonly ended: AbortSignal;
}

/** Binds each queue to the function that works it. */
function consumeAll(
  config: WorkerSettings,
  { systems, log }: WorkerDependencies,
  { redis, fastRedis, pool, stores, count: counts, ended }: Workplace,
): Consumer[] {
  const isRedacted = redaction(config.REDACT_FIELDS);
  const lockMs = config.WORKER_JOB_LOCK_SECONDS * 1_000;
  const queue = { redis, log, dependency: databaseDependency(pool, ended), counts, lockMs };
  const pushes = {
    definition: WEBHOOK_EVENTS,
    concurrency: config.WORKER_CONCURRENCY,
    work: (job: EventJob): Promise<JobReport> => workEventJob(job, stores),
    about: aboutEventJob,
    timeoutMs: config.WEBHOOK_JOB_TIMEOUT_SECONDS * 1_000, // recording goes on harmlessly: what it commits, the next attempt knows
  };
  const pulls = {
    definition: ODOO_PULL,
    concurrency: Math.max(systems.size, 1), // one Odoo that hangs holds up no other
    work: workPullJob(systems, { stores, log, redis: fastRedis, isRedacted, ended, config }),
    about: ({ system }: { readonly system: string }): JobReport => ({ system }),
  };
  return [consume({ ...queue, ...pushes }), consume({ ...queue, ...pulls })];
}
