import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { BridgeError } from '@bridgecore/contracts';
import { isRedisError } from './redis';

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
 * Runs `work` under the lock, or returns false at once when someone else holds it; fails with `QUEUE_UNAVAILABLE` when
 * Redis cannot tell. A late holder never frees another's lock; what makes it harmless is a fence in the store that it
 * writes to, not this.
 */
export async function withLock(redis: Redis, key: string, ttlMs: number, work: LockedWork): Promise<boolean> {
  const lock = { redis, key, ttlMs, owner: randomUUID() };
  const askedAt = performance.now();
  if (!(await take(lock))) return false;

  const lost = new AbortController();
  const end = keepUp(lock, askedAt, () => {
    lost.abort();
  });
  try {
    await work(lost.signal);
    return true;
  } finally {
    end();
    await release(lock);
  }
}

interface Lock {
  readonly redis: Redis;
  readonly key: string;
  readonly ttlMs: number;
  readonly owner: string;
}

async function take(lock: Lock): Promise<boolean> {
  const { redis, key, ttlMs, owner } = lock;
  try {
    // The client asks again when the connection broke before the answer: then the holder is ourselves.
    const holder = await redis.set(key, owner, 'PX', ttlMs, 'NX', 'GET');
    return holder === null || holder === owner;
  } catch (error) {
    void release(lock); // Redis may have hung and take it yet; this then comes right after
    if (!isRedisError(error)) throw error;
    const message = 'Redis cannot be reached; the lock cannot be taken.';
    throw new BridgeError('QUEUE_UNAVAILABLE', message, { cause: error, retryAfterSeconds: 5 });
  }
}

async function release(lock: Lock): Promise<void> {
  await setTtl(lock, 0).catch(() => undefined); // else the ttl frees it
}

async function setTtl({ redis, key, owner }: Lock, ms: number): Promise<boolean> {
  return (await redis.eval(RENEW, 1, key, owner, ms)) === 1;
}

/**
 * Renews the lock until the function that it returns is called. Time counts from when Redis was asked, not from its
 * answer: our own clock must never run out after Redis'.
 */
function keepUp(lock: Lock, askedAt: number, lost: () => void): () => void {
  let expiry: NodeJS.Timeout;
  const heldFrom = (sentAt: number): void => {
    clearTimeout(expiry);
    expiry = setTimeout(lost, sentAt + lock.ttlMs - performance.now());
  };
  const renew = async (): Promise<void> => {
    const sentAt = performance.now();
    if (await setTtl(lock, lock.ttlMs)) heldFrom(sentAt);
    else lost();
  };
  const renewal = setInterval(() => {
    renew().catch(() => undefined); // Redis is away: `expiry` decides
  }, lock.ttlMs / 3);
  heldFrom(askedAt);
  return () => {
    clearInterval(renewal);
    clearTimeout(expiry);
  };
}
