import { once } from 'node:events';
import { connectFailFast, readInfo, RedisInfo } from '@bridgecore/runtime';
import type { Redis } from 'ioredis';
import { silentLog } from '../silent-log';
import { Found, failed, ok, warning } from './check';

/** Opens Redis, or fails when it is not there. */
export async function openRedis(url: string, signal: AbortSignal): Promise<Redis> {
  const redis = connectFailFast(url, silentLog, 4_000);
  try {
    if (redis.status !== 'ready') await once(redis, 'ready', { signal }); // an `error` makes it fail
    return redis;
  } catch (error) {
    redis.disconnect();
    throw new Error(reasonOf(error), { cause: error });
  }
}

function reasonOf(error: unknown): string {
  const { name, code, message, errors } = error as { name?: string; code?: string; message?: string; errors?: Error[] };
  if (name === 'AbortError') return 'it does not answer';
  return message || errors?.[0]?.message || code || 'it cannot be reached';
}

const OLDEST = 7;
const FULL = 0.8;

/** Whether it is one that keeps what it accepts. */
export async function lookAtRedis(redis: Redis): Promise<Found> {
  try {
    return judge(await readInfo(redis), await redis.info('server'));
  } catch (error) {
    if (!/^(NOPERM|ERR unknown command)/.test((error as Error).message)) throw error;
    return warning('reachable, but INFO is denied to us', 'Its settings cannot be looked at: allow INFO to this user.');
  }
}

function judge(info: RedisInfo, server: string): Found {
  const version = /^(?:valkey_version|redis_version):(\S+)/m.exec(server)?.[1] ?? '?';
  const name = server.includes('valkey_version') ? 'Valkey ' : '';
  const { usedBytes = 0, maxBytes = 0, policy, isDurable } = info;
  const memory = `${megabytes(usedBytes)} used of ${maxBytes === 0 ? 'no bound' : megabytes(maxBytes)}`;
  const text = `${name}${version}, ${isDurable === true ? 'append-only file on' : 'no append-only file'}, ${policy ?? 'unknown policy'}, ${memory}`;
  if (policy !== undefined && policy !== 'noeviction') return failed(text, EVICTS);
  if (maxBytes > 0 && usedBytes > FULL * maxBytes) return failed(text, NEARLY_FULL);
  if (isDurable === false) return warning(text, NOT_DURABLE);
  if (Number.parseInt(version, 10) < OLDEST)
    return warning(text, `It is older than Redis ${OLDEST}, for which this was made.`);
  return ok(text);
}

const EVICTS =
  'It may throw away accepted events when its memory is full, so the gateway refuses pushes: set maxmemory-policy noeviction.';
const NOT_DURABLE = 'Accepted events are lost when it restarts: set appendonly yes.';
const NEARLY_FULL =
  'Pushes are refused when it is full: give it more memory, or find out what waits with `bridgecore queues`.';

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MB`;
}
