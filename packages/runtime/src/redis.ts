import { Redis } from 'ioredis';
import { Log } from './logger';

/** Everything of ours in Redis begins so; the braces keep it in one slot of a cluster. */
export const REDIS_PREFIX = '{bridgecore}';

/** A hanging Redis is given up after this long, so that Odoo's click is answered within two seconds. */
const COMMAND_TIMEOUT_MS = 1_500;

const reconnect = (times: number): number => Math.min(times * 100, 1_000);

/** For who must answer at once: while Redis is away every command fails instead of waiting. */
export function connectFailFast(url: string, log: Log, commandTimeout = COMMAND_TIMEOUT_MS): Redis {
  return watched(
    new Redis(url, {
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
      commandTimeout,
      connectTimeout: 2_000,
      retryStrategy: reconnect,
    }),
    log,
  );
}

/** For who works off a queue: while Redis is away every command waits for its return. */
export function connectPatient(url: string, log: Log): Redis {
  return watched(new Redis(url, { maxRetriesPerRequest: null, retryStrategy: reconnect }), log);
}

/** Says once that Redis went and once that it came back, however often the client tries in between. */
function watched(redis: Redis, log: Log): Redis {
  let isUp: boolean | undefined;
  redis.on('ready', () => {
    if (isUp === false) log.info('redis.up');
    isUp = true;
  });
  redis.on('error', (error: Error) => {
    if (isUp !== false) log.warn('redis.down', { error });
    isUp = false;
  });
  redis.on('close', () => {
    if (isUp === true) log.warn('redis.down');
    isUp = false;
  });
  return redis;
}

/** Ends a connection, also one that never came to be. */
export async function disconnect(redis: Redis): Promise<void> {
  if (redis.status !== 'ready') {
    redis.disconnect();
    return;
  }
  await redis.quit().catch(() => {
    redis.disconnect();
  });
}
