import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
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

/** How soon Redis is told again that a lock is free. */
const RELEASE_RETRY_MS = 250;

/** Frees the lock, and waits for that only once: who has worked under it may be done before Redis is back. */
async function release(lock: Lock): Promise<void> {
  if (!(await isFreed(lock))) void releaseLater(lock);
}

/** Redis may remember the lock when it is back, and nobody else would get it before its ttl is over. */
async function releaseLater(lock: Lock): Promise<void> {
  const expiresAt = performance.now() + lock.ttlMs;
  while (performance.now() < expiresAt && lock.redis.status !== 'end') {
    await sleep(RELEASE_RETRY_MS, undefined, { ref: false });
    if (await isFreed(lock)) return;
  }
}

/** True when it is not ours any more. */
function isFreed(lock: Lock): Promise<boolean> {
  return setTtl(lock, 0).then(
    () => true,
    () => false,
  );
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
