import { Express, RequestHandler, Router } from 'express';
import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import {
  AppTypes,
  DATA_SYNC,
  DataSyncJob,
  DeclaredSystem,
  EventJob,
  MAINTENANCE,
  MaintenanceJob,
  Networks,
} from '@bridgecore/contracts';
import { ODOO_PULL, PullJob } from '@bridgecore/contracts';
import { PayloadSettings, QUEUES, redaction, REPLAY_PRIORITY, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { DatabaseConfig } from '@bridgecore/database';
import {
  Check,
  connectFailFast,
  disconnect,
  listen,
  Log,
  Producer,
  QueueFigures,
  queueReader,
  RedisConfig,
  RedisSettings,
  report,
  Sealer,
  showReadiness,
  unreadyFrom,
  watchSettings,
} from '@bridgecore/runtime';
import { createApp } from './app';
import { auditRoutes } from './audit-routes';
import { authenticate } from './authenticate';
import { watchBacklog } from './backlog';
import { GatewayConfig } from './config';
import { Connections } from './connections';
import { dataSyncRoutes } from './data-sync-routes';
import { deadLetterRoutes } from './dead-letter-routes';
import { openDatabase } from './database';
import { deliveryRoutes } from './deliveries/delivery-routes';
import { Batcher } from './enqueue';
import { feedRoutes } from './feed/feed-routes';
import { Gate } from './feed/gate';
import { createHttpServer } from './http-server';
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
import { secretRoutes } from './subscriptions/secret-routes';
import { stateRoutes } from './subscriptions/state-routes';
import { subscriptionRoutes } from './subscriptions/subscription-routes';
import { createSyncMeter } from './sync/meters';
import { syncRoutes } from './sync/sync-routes';
import { systemRoutes } from './system-routes';
import { authenticateConsumer } from './tokens/consumer';
import { TokenKey } from './tokens/token-keys';
import { tokenRoutes } from './tokens/token-routes';
import { Tokens } from './tokens/tokens';
import { GatewayView } from './why/story';
import { whyRoutes } from './why/why-routes';

/** The limiter must leave time to enqueue; when Redis is slower than this, it counts in memory. */
const LIMITER_TIMEOUT_MS = 200;

export type GatewaySettings = Readonly<RedisConfig & DatabaseConfig & PayloadSettings & GatewayConfig>;

/** What the gateway is given beside its settings. */
export interface GatewayDependencies {
  readonly keys: readonly ApiKey[];
  /** What tokens are signed and verified with; none: there are no tokens. */
  readonly tokenKeys: readonly TokenKey[];
  /** The declared ones. */
  readonly systems: readonly DeclaredSystem[];
  /** Every one that events may come from. */
  readonly systemIds: readonly string[];
  readonly appTypes: AppTypes;
  /** Encrypts what subscriptions sign with. */
  readonly sealer: Sealer;
  /** Where receivers may be although it is not public. */
  readonly allowedNetworks: Networks;
  readonly log: Log;
  readonly metrics: Registry;
  /** Aborted when the gateway is to end: it is not ready any more, goes on answering, and lets go of its connections. */
  readonly ending: AbortSignal;
  /** Told how to close what was just opened, and what is under way there; closing runs in reverse. */
  readonly defer: (name: string, close: () => unknown, inHand?: () => readonly string[]) => void;
}

/**
 * Opens the stores and both ports. It listens before the stores are there: live, and not ready yet. The public port is
 * closed first, and Redis last, when every push that was taken is there; operators see it to the end.
 */
export async function openGateway(
  config: GatewaySettings,
  given: GatewayDependencies,
): Promise<{ port: number; operatorPort: number }> {
  const { keys, systems, log, metrics, ending, defer } = given;
  const requestLog = createRequestLog(log, metrics);
  const queue = openQueue(config, { log, defer, metrics });
  const database = openDatabase(config.DATABASE_URL, log);
  defer('postgres', () => database.close());
  const checks: Record<string, Check> = { redis: queue.check, postgres: database.check };
  showReadiness(metrics, checks);
  unreadyFrom(ending, checks);

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
  const open = pushes.use(consumerRoutes(database.source, config, given));
  const operated = { database: database.source, keys };
  const ids = new Set(systems.map(({ id }) => id));
  const routes = operatorRoutes(database.source, keys, metrics).use(
    deadLetterRoutes({ ...operated, addReplay: queue.addReplay }),
    deliveryRoutes(operated),
    dataSyncRoutes({ ...operated, systems: ids, syncs: queue.syncs }),
    systemRoutes({ ...operated, systems }),
    runRoutes({ ...operated, systems, pulls: queue.pulls }),
    jobRoutes({ keys, queues: queue.queues }),
    auditRoutes({ ...operated, maintenance: queue.maintenance }),
    subscriptionRoutes({ ...operated, ...given }),
    stateRoutes(operated),
    secretRoutes({ ...operated, ...given }),
    queueRoutes({ keys, readQueues: queue.readQueues }),
    whyRoutes({ ...operated, ...queue, systems, gateway: viewOf(checks, queue, refusals) }),
  );
  const operators = { name: 'operator port', port: config.OPERATOR_PORT, host: config.OPERATOR_HOST };
  const operatorPort = await openPort(operators, createApp({ requestLog, checks, routes }), given);
  const everybody = { name: 'public port', port: config.PORT, host: config.HOST };
  const port = await openPort(everybody, createApp({ requestLog, checks, routes: open }), given);
  return { port, operatorPort };
}

/** What consumers call, with a key or a token. */
function consumerRoutes(database: () => DataSource, config: GatewayConfig, given: GatewayDependencies): Router {
  const { keys, systemIds, appTypes, log, metrics } = given;
  const tokens = new Tokens(given.tokenKeys, keys);
  const mayRead = authenticateConsumer(keys, tokens);
  const consumers = { database, gate: openGate(config), systemIds, mayRead, appTypes };
  return Router().use(
    feedRoutes(consumers),
    syncRoutes({ ...consumers, meter: createSyncMeter(metrics, appTypes) }),
    tokenRoutes({ tokens, keys, systemIds, appTypes, log }),
  );
}

/** As many may wait as a burst of devices brings; a turn takes milliseconds. */
const MAX_WAITING_CONSUMERS = 1_000;

function openGate({ CONSUMER_CONCURRENCY: slots, CONSUMER_WAIT_MS: waitMs }: GatewayConfig): Gate {
  return new Gate({ slots, waitMs, maxWaiting: MAX_WAITING_CONSUMERS });
}

interface Port {
  readonly name: string;
  readonly port: number;
  readonly host: string;
}

async function openPort({ name, port, host }: Port, app: Express, given: GatewayDependencies): Promise<number> {
  const server = createHttpServer(app, given.log);
  const connections = new Connections(server);
  given.ending.addEventListener('abort', () => connections.letGo());
  const opened = await listen(server, port, host);
  given.defer(
    name,
    () => connections.end(),
    () => connections.inHand(),
  );
  return opened;
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
  const settings = watchSettings(redis, log, metrics);
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

type QueueDependencies = Pick<GatewayDependencies, 'log' | 'metrics' | 'defer'>;

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
