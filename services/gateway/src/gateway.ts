import { RequestHandler } from 'express';
import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { DATA_SYNC, DataSyncJob, DeclaredSystem, EventJob, MAINTENANCE, MaintenanceJob } from '@bridgecore/contracts';
import { ODOO_PULL, PullJob } from '@bridgecore/contracts';
import { PayloadSettings, QUEUES, redaction, REPLAY_PRIORITY, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { DatabaseConfig } from '@bridgecore/database';
import {
  Check,
  connectFailFast,
  createMetrics,
  disconnect,
  listen,
  Log,
  Producer,
  QueueFigures,
  queueReader,
  RedisConfig,
  RedisSettings,
  report,
  watchSettings,
} from '@bridgecore/runtime';
import { createApp } from './app';
import { auditRoutes } from './audit-routes';
import { authenticate } from './authenticate';
import { watchBacklog } from './backlog';
import { GatewayConfig } from './config';
import { dataSyncRoutes } from './data-sync-routes';
import { deadLetterRoutes } from './dead-letter-routes';
import { openDatabase } from './database';
import { Batcher } from './enqueue';
import { closeInOrder, createHttpServer } from './http-server';
import { jobRoutes, QueueLook } from './job-routes';
import { jsonBody } from './json-body';
import { ApiKey } from './keys';
import { rateLimit } from './limits';
import { refuseEviction } from './refuse-eviction';
import { operatorRoutes } from './operator-routes';
import { pushRoute } from './push-route';
import { queueRoutes } from './queue-routes';
import { RefusalMemory } from './refused-pushes';
import { createRequestLog } from './request-log';
import { runRoutes } from './run-routes';
import { systemRoutes } from './system-routes';
import { GatewayView } from './why/story';
import { whyRoutes } from './why/why-routes';

/** The limiter must leave time to enqueue; when Redis is slower than this, it counts in memory. */
const LIMITER_TIMEOUT_MS = 200;

export type GatewaySettings = Readonly<RedisConfig & DatabaseConfig & PayloadSettings & GatewayConfig>;

/** What the gateway is given beside its settings. */
export interface GatewayDependencies {
  readonly keys: readonly ApiKey[];
  /** The declared ones. */
  readonly systems: readonly DeclaredSystem[];
  readonly log: Log;
  /** Told how to close what was just opened; closing runs in reverse. */
  readonly defer: (name: string, close: () => unknown) => void;
}

/** Opens the stores and both ports. It listens before the stores are there: live, and not ready yet. */
export async function openGateway(
  config: GatewaySettings,
  { keys, systems, log, defer }: GatewayDependencies,
): Promise<{ port: number; operatorPort: number }> {
  const metrics = createMetrics('gateway');
  const requestLog = createRequestLog(log, metrics);
  const queue = openQueue(config, { log, defer, metrics });
  const database = openDatabase(config.DATABASE_URL, log);
  defer('postgres', () => database.close());
  const checks = { redis: queue.check, postgres: database.check };

  const refusals = new RefusalMemory();
  const pushes = pushRoute({
    before: [
      refusals.note,
      authenticate(keys, 'ingest'),
      queue.limit,
      ...queue.bounds,
      ...jsonBody(config.WEBHOOK_MAX_BODY_BYTES),
    ],
    enqueue: new Batcher(queue.addJob).enqueue,
    isRedacted: redaction(config.REDACT_FIELDS),
    deadlineMs: config.WEBHOOK_DEADLINE_MS,
  });
  const publicServer = createHttpServer(createApp({ requestLog, checks, routes: pushes }), log);
  const port = await listen(publicServer, config.PORT, config.HOST);
  defer('public port', () => closeInOrder(publicServer));

  const operated = { database: database.source, keys };
  const ids = new Set(systems.map(({ id }) => id));
  const routes = operatorRoutes(database.source, keys, metrics).use(
    deadLetterRoutes({ ...operated, addReplay: queue.addReplay }),
    dataSyncRoutes({ ...operated, systems: ids, syncs: queue.syncs }),
    systemRoutes({ ...operated, systems }),
    runRoutes({ ...operated, systems, pulls: queue.pulls }),
    jobRoutes({ keys, queues: queue.queues }),
    auditRoutes({ ...operated, maintenance: queue.maintenance }),
    queueRoutes({ keys, readQueues: queue.readQueues }),
    whyRoutes({ ...operated, ...queue, systems, gateway: viewOf(checks, queue, refusals) }),
  );
  const operatorServer = createHttpServer(createApp({ requestLog, checks, routes }), log);
  const operatorPort = await listen(operatorServer, config.OPERATOR_PORT, config.OPERATOR_HOST);
  defer('operator port', () => closeInOrder(operatorServer));
  return { port, operatorPort };
}

function viewOf(
  checks: Readonly<Record<string, Check>>,
  { evictsBy }: OpenQueue,
  refusals: RefusalMemory,
): () => GatewayView {
  return () => ({
    checks: report(checks).checks,
    redis_evicts_by: evictsBy() ?? null,
    refused_pushes: refusals.all(),
  });
}

/** What rests on Redis: the queue, the limiter, and whether it is there. */
function openQueue(config: GatewaySettings, { log, defer, metrics }: QueueDependencies): OpenQueue {
  const redis = connectFailFast(config.REDIS_URL, log);
  defer('redis', () => disconnect(redis));
  const limiterRedis = connectFailFast(config.REDIS_URL, log, LIMITER_TIMEOUT_MS);
  defer('redis of the limiter', () => disconnect(limiterRedis));
  const settings = watchSettings(redis, log);
  defer('settings of redis', settings.stop);
  const retries = { attempts: config.WEBHOOK_JOB_ATTEMPTS, backoffMs: config.WEBHOOK_JOB_BACKOFF_MS };
  const events = new Producer({ ...WEBHOOK_EVENTS, ...retries }, redis);
  const backlog = watchBacklog({ events, redis, config, log, metrics });
  defer('backlog', backlog.stop);
  return {
    redis,
    evictsBy: settings.evictsBy,
    check: () => (redis.status === 'ready' && settings.evictsBy() === undefined ? 'up' : 'down'), // one that hangs is not ready for long
    limit: rateLimit(limiterRedis, config.WEBHOOK_RATE_LIMIT_PER_MINUTE),
    bounds: [refuseEviction(settings), backlog.refuse],
    addJob: (job) => events.add(job),
    addReplay: (job) => events.add(job, { priority: REPLAY_PRIORITY }),
    syncs: new Producer(DATA_SYNC, redis),
    readQueues: queueReader(redis, QUEUES),
    maintenance: new Producer(MAINTENANCE, redis),
    pulls: new Producer(ODOO_PULL, redis),
    queues: new Map(QUEUES.map((definition) => [definition.name, new Producer(definition, redis)])),
  };
}

type QueueDependencies = Pick<GatewayDependencies, 'log' | 'defer'> & { readonly metrics: Registry };

interface OpenQueue {
  readonly redis: Redis;
  readonly evictsBy: RedisSettings['evictsBy'];
  readonly check: Check;
  readonly limit: RequestHandler;
  readonly bounds: readonly RequestHandler[];
  readonly addJob: (job: EventJob) => Promise<void>;
  readonly addReplay: (job: EventJob) => Promise<void>;
  readonly syncs: Producer<DataSyncJob>;
  readonly readQueues: () => Promise<QueueFigures[]>;
  readonly maintenance: Producer<MaintenanceJob>;
  readonly pulls: Producer<PullJob>;
  readonly queues: ReadonlyMap<string, QueueLook>;
}
