import { Redis } from 'ioredis';
import { parse } from '@bridgecore/contracts';
import { REDIS_PREFIX } from '@bridgecore/runtime';
import { Statistics } from './statistics';

const KEY = `${REDIS_PREFIX}:statistics`;

/** Keeps the statistics, without an end: how old they are is shown with them. */
export async function saveStatistics(redis: Redis, statistics: Statistics): Promise<void> {
  await redis.set(KEY, JSON.stringify(statistics));
}

/** The last statistics, or null; another version may have written them, so they are checked. */
export async function readStatistics(redis: Redis): Promise<Statistics | null> {
  const text = await redis.get(KEY);
  return text === null ? null : parse(Statistics, JSON.parse(text));
}
