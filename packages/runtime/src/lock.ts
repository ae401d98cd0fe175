import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';

/**
 * Sets the time to live of a lock that is still the owner's; 0 frees it.
 * KEYS: lock. ARGV: owner, ttl in ms. Returns 1, or 0 when somebody else holds it.
 */
const RENEW = `
  if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
  return redis.call('pexpire', KEYS[1], ARGV[2])`;

/** What is done under a lock; the signal tells that the lock is lost. */
export type LockedWork = (lost: AbortSignal) => Promise<void>;

/**
 * Runs `work` under the lock, or returns false at once when someone else holds it. A late holder never frees
 * another's lock; what makes it harmless is a fence in the store that it writes to, not this.
 */
export async function withLock(redis: Redis, key: string, ttlMs: number, work: LockedWork): Promise<boolean> {
  const owner = randomUUID();
  if ((await redis.set(key, owner, 'PX', ttlMs, 'NX')) === null) return false;

  const lost = new AbortController();
  const expiry = setTimeout(() => {
    lost.abort();
  }, ttlMs);
  const renew = async (): Promise<void> => {
    if ((await redis.eval(RENEW, 1, key, owner, ttlMs)) === 1) expiry.refresh();
    else lost.abort();
  };
  const renewal = setInterval(() => {
    renew().catch(() => undefined); // Redis is away: `expiry` decides
  }, ttlMs / 3);

  try {
    await work(lost.signal);
    return true;
  } finally {
    clearInterval(renewal);
    clearTimeout(expiry);
    await redis.eval(RENEW, 1, key, owner, 0).catch(() => undefined); // else the ttl frees it
  }
}
