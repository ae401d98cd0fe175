import { Redis } from 'ioredis';
import { WebhookEvent } from '@bridgecore/contracts';
import { Log, REDIS_PREFIX } from '@bridgecore/runtime';

/** Arrivals recorded lately. */
export interface Seen {
  has(events: readonly WebhookEvent[]): Promise<boolean[]>;
  add(events: readonly WebhookEvent[]): Promise<void>;
}

/**
 * The fast path in front of PostgreSQL, for pushes with an id only: a pulled row is acknowledged, so it must reach
 * PostgreSQL each time, as Redis may remember what a restored PostgreSQL has forgotten.
 */
export function createSeen(redis: Redis, ttlSeconds: number, log: Log, prefix = REDIS_PREFIX): Seen {
  const keysOf = (events: readonly WebhookEvent[]): (string | null)[] => events.map((event) => seenKey(event, prefix));
  return {
    async has(events) {
      const keys = keysOf(events);
      const asked = keys.filter((key) => key !== null);
      if (asked.length === 0) return keys.map(() => false);
      try {
        const found = await redis.mget(asked);
        const seen = new Set(asked.filter((_, index) => found[index] !== null));
        return keys.map((key) => key !== null && seen.has(key));
      } catch (error) {
        log.warn('seen.failed', { error });
        return keys.map(() => false);
      }
    },
    async add(events) {
      const pipeline = redis.pipeline();
      for (const key of keysOf(events)) if (key !== null) pipeline.set(key, '', 'EX', ttlSeconds);
      const results = (await pipeline.exec()) ?? [];
      const failed = results.find(([error]) => error !== null);
      if (failed?.[0]) throw failed[0];
    },
  };
}

/** The same arrival again: same origin, same origin id, same content. */
function seenKey({ origin, origin_id, content_key, system }: WebhookEvent, prefix: string): string | null {
  return origin === 'pull' || origin_id === null ? null : `${prefix}:seen:${system}:${content_key}:${origin_id}`;
}
