import { Redis } from 'ioredis';
import { until } from '../until';
import { isTelling } from './evidence';
import type { World } from './world';

const QUEUE = '{bridgecore}:webhook-events';
const LISTS = ['wait', 'active', 'paused'];
const SETS = ['delayed', 'prioritized', 'failed'];

/** Waits until nothing is left to do: no job of pushed events anywhere, nothing that Odoo still offers, nobody to be told. */
export async function settle({ odoos, stack }: World, timeoutMs: number): Promise<boolean> {
  const redis = new Redis(stack.redisUrl);
  try {
    const isDone = async (): Promise<boolean> => {
      const ledgers = await Promise.all(odoos.map((odoo) => odoo.ledger()));
      return (
        ledgers.flat().every((change) => change.is_acknowledged) &&
        (await jobs(redis)) === 0 &&
        !(await isTelling(stack))
      );
    };
    await until(isDone, { what: 'everything to be recorded', timeoutMs, intervalMs: 500 });
    return true;
  } catch {
    return false; // what is missing then is found event by event
  } finally {
    redis.disconnect();
  }
}

/** Jobs of pushed events that are not done: failed ones too, which wait to become dead letters. */
export async function jobs(redis: Redis): Promise<number> {
  const lists = LISTS.map((name) => redis.llen(`${QUEUE}:${name}`));
  const sets = SETS.map((name) => redis.zcard(`${QUEUE}:${name}`));
  return (await Promise.all([...lists, ...sets])).reduce((sum, count) => sum + count, 0);
}
