import { Redis } from 'ioredis';
import { OdooClient, OdooFailure } from '@bridgecore/odoo';
import { Log, REDIS_PREFIX } from '@bridgecore/runtime';

/** Where an Odoo's wish to be left alone is kept, and who tells of it. */
export interface PauseOptions {
  readonly redis: Redis;
  readonly system: string;
  readonly log: Log;
}

/** Until when no worker asks this Odoo; null when there is no pause, or when Redis cannot tell. */
export function pausedUntil({ redis, system }: Omit<PauseOptions, 'log'>): Promise<string | null> {
  return redis.get(keyOf(system)).catch(() => null);
}

/** Runs calls that heed `Retry-After`: after one no more is asked, and no worker asks until its time is over. */
export function retryAfterHeeded(options: PauseOptions): <T>(call: () => Promise<T>) => Promise<T> {
  let told: OdooFailure | undefined;
  return async (call) => {
    if (told !== undefined) throw told;
    try {
      return await call();
    } catch (error) {
      if (await noteRetryAfter(error, options)) told = error as OdooFailure;
      throw error;
    }
  };
}

/** The addon's API, heeding `Retry-After`. */
export function heedRetryAfter(client: OdooClient, options: PauseOptions): OdooClient {
  const heeding = retryAfterHeeded(options);
  return {
    pull: (lastEventId, limit, signal) => heeding(() => client.pull(lastEventId, limit, signal)),
    acknowledge: (ids, signal) => heeding(() => client.acknowledge(ids, signal)),
  };
}

/** Begins a pause when a call of Odoo has failed by `Retry-After`; true when it has. */
export async function noteRetryAfter(error: unknown, options: PauseOptions): Promise<boolean> {
  if (!(error instanceof OdooFailure) || error.retryAfterSeconds === undefined) return false;
  await pause(error.retryAfterSeconds, options);
  return true;
}

async function pause(seconds: number, { redis, system, log }: PauseOptions): Promise<void> {
  const until = new Date(Date.now() + seconds * 1_000).toISOString();
  log.warn('odoo.paused', { system, until, hint: 'Odoo said so by Retry-After' });
  await redis.set(keyOf(system), until, 'PX', seconds * 1_000).catch(() => undefined); // then only this run heeds it
}

function keyOf(system: string): string {
  return `${REDIS_PREFIX}:odoo:pause:${system}`;
}
