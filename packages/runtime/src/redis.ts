import { setTimeout as sleep } from 'node:timers/promises';
import { Redis, RedisOptions } from 'ioredis';
import { Log } from './logger';

/** Everything of ours in Redis begins so; the braces keep it in one slot of a cluster. */
export const REDIS_PREFIX = '{bridgecore}';

/** A hanging Redis is given up after this long, so that Odoo's click is answered within two seconds. */
const COMMAND_TIMEOUT_MS = 1_500;

/** A Redis that hangs, or a host that vanished, leaves the connection looking well: a question now and then tells. */
const HEARTBEAT_MS = 2_000;

/** What both kinds of connection need to be there again within seconds of Redis' return. */
const RECOVERY = {
  retryStrategy: (times: number) => Math.min(times * 100, 1_000),
  connectTimeout: 2_000,
  maxLoadingRetryTime: 1_000, // asks a Redis that still loads its data so often
  reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 2 : false), // a failover: the master is elsewhere
} satisfies RedisOptions;

/** For who must answer at once: while Redis is away every command fails instead of waiting. */
export function connectFailFast(url: string, log: Log, commandTimeout = COMMAND_TIMEOUT_MS): Redis {
  const options = { maxRetriesPerRequest: 1, enableOfflineQueue: false, commandTimeout, socketTimeout: 3_000 };
  return watched(new Redis(url, { ...RECOVERY, ...options }), log, 'fail-fast');
}

/**
 * For who works off a queue: while Redis is away every command waits for its return. A blocking read waits up to ten
 * seconds and copies these options, so silence means something only after that.
 */
export function connectPatient(url: string, log: Log): Redis {
  return watched(new Redis(url, { ...RECOVERY, maxRetriesPerRequest: null, socketTimeout: 15_000 }), log, 'patient');
}

/** Says once that Redis went and once that it came back, however often the client tries in between. */
function watched(redis: Redis, log: Log, connection: string): Redis {
  let isUp: boolean | undefined;
  const down = (error?: Error): void => {
    if (isUp !== false) log.warn('redis.down', { connection, error });
    isUp = false;
  };
  redis.on('ready', () => {
    if (isUp === false) log.info('redis.up', { connection });
    isUp = true;
  });
  redis.on('error', down);
  redis.on('close', () => {
    if (isUp === true) down();
  });
  const heartbeat = setInterval(() => {
    if (redis.status === 'ready') redis.ping().catch(() => undefined); // the silence after it ends the connection
  }, HEARTBEAT_MS).unref();
  redis.once('end', () => {
    clearInterval(heartbeat);
  });
  return redis;
}

/** Ends a connection, also one that never came to be or that hangs. */
export async function disconnect(redis: Redis): Promise<void> {
  if (redis.status === 'ready') {
    await Promise.race([redis.quit().catch(() => undefined), sleep(COMMAND_TIMEOUT_MS, undefined, { ref: false })]);
  }
  redis.disconnect();
}

/** True when Redis or the way to it is to blame; anything else is a bug. */
export function isRedisError(error: unknown): boolean {
  const { name, code, message } = error as { name?: unknown; code?: unknown; message?: unknown };
  if (name === 'ReplyError' || isConnectionError(error)) return true;
  return typeof message === 'string' && typeof code !== 'string' && message.startsWith('Command timed out');
}

/** True when the connection broke or never came to be: whoever watches the connection has told it already. */
export function isConnectionError(error: unknown): boolean {
  const { name, code, message } = error as { name?: unknown; code?: unknown; message?: unknown };
  if (typeof code === 'string') return SYSTEM_CODE.test(code);
  if (name === 'MaxRetriesPerRequestError' || name === 'AbortError') return true;
  return typeof message === 'string' && CLOSED.test(message);
}

const SYSTEM_CODE = /^E(AI_)?[A-Z]+$/; // not Node's `ERR_…`, which are bugs
const CLOSED = /^Connection is closed|^Stream isn't writeable|^Socket timeout/;
