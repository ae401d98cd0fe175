import { RequestHandler } from 'express';
import { Redis } from 'ioredis';
import {
  DATA_SYNC,
  DataSyncJob,
  EventJob,
  MAINTENANCE,
  MaintenanceJob,
  ODOO_PULL,
  PullJob,
} from '@bridgecore/contracts';
import { QUEUES, REPLAY_PRIORITY, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { Check, connectFailFast, disconnect, Producer, QueueFigures, queueReader } from '@bridgecore/runtime';
import { RedisSettings, watchSettings } from '@bridgecore/runtime';
import { watchBacklog } from './backlog';
import { GatewayDependencies, GatewaySettings } from './dependencies';
import { QueueLook } from './job-routes';
import { pushesPer, rateLimit, tokensPer } from './limits';
import { refuseEviction } from './refuse-eviction';

/** The limiter must leave time to enqueue; when Redis is slower than this, it counts in memory. */
const LIMITER_TIMEOUT_MS = 200;

/** What rests on Redis: the queue, the limiters, and whether it is there. */
export function openQueue(config: GatewaySettings, { log, defer, metrics }: QueueDependencies): OpenQueue {
  const redis = connectFailFast(config.REDIS_URL, log);
  defer('redis', () => disconnect(redis));
  const limiterRedis = connectFailFast(config.REDIS_URL, log, LIMITER_TIMEOUT_MS);
  defer('redis of the limiters', () => disconnect(limiterRedis));
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
    limit: rateLimit(limiterRedis, pushesPer(config.WEBHOOK_RATE_LIMIT_PER_MINUTE)),
    tokenLimit: rateLimit(limiterRedis, tokensPer(config.TOKEN_RATE_LIMIT_PER_MINUTE)),
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

/** The same, opened. */
export interface OpenQueue {
  readonly redis: Redis;
  readonly evictsBy: RedisSettings['evictsBy'];
  readonly check: Check;
  readonly limit: RequestHandler;
  readonly tokenLimit: RequestHandler;
  readonly bounds: readonly RequestHandler[];
  readonly addJob: (job: EventJob) => Promise<void>;
  readonly addReplay: (job: EventJob) => Promise<void>;
  readonly syncs: Producer<DataSyncJob>;
  readonly readQueues: () => Promise<QueueFigures[]>;
  readonly maintenance: Producer<MaintenanceJob>;
  readonly pulls: Producer<PullJob>;
  readonly queues: ReadonlyMap<string, QueueLook>;
}
