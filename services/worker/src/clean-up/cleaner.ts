import { Pool, PoolClient } from 'pg';
import { createPool, translate } from '@bridgecore/database';
import { Log } from '@bridgecore/runtime';

/**
 * Detaching a partition waits for every transaction that has touched the audit, and blocks nobody meanwhile. Ours end
 * within seconds; after this it is a stranger's (a backup, a report), and the next round finishes what was begun.
 */
const PATIENCE_MS = 300_000;

/**
 * The lock is this connection's own, and all work goes over it: whoever loses the connection loses both. What is
 * deleted without waiting for the disk is at worst deleted again; parallel scans would take the others' cores.
 */
const SETTINGS = `set lock_timeout = 0; set synchronous_commit = off; set max_parallel_workers_per_gather = 0`;

const TAKE_LOCK = `
  select pg_backend_pid() as pid, pg_try_advisory_lock(hashtextextended('bridgecore.clean-up', 0)) as is_mine`;

/** What a cleaner is opened with. */
export interface CleanerDependencies {
  readonly databaseUrl: string;
  readonly log: Log;
  /** Over which the cleaner is told to stop waiting. */
  readonly pool: Pool;
  readonly ended: AbortSignal;
}

/** Works over a connection that only one round at a time can have; undefined when another one has it. */
export async function withCleaner<T>(
  { databaseUrl, log, pool, ended }: CleanerDependencies,
  work: (cleaner: PoolClient) => Promise<T>,
): Promise<T | undefined> {
  const own = createPool(databaseUrl, log, { max: 1, statementTimeoutMs: PATIENCE_MS });
  try {
    const cleaner = await own.connect();
    try {
      const { rows } = await cleaner.query<{ pid: number; is_mine: boolean }>(TAKE_LOCK);
      if (rows[0]?.is_mine !== true) return undefined;
      await cleaner.query(SETTINGS);
      return await cancellable(rows[0].pid, { pool, ended }, () => work(cleaner));
    } finally {
      cleaner.release(true);
    }
  } catch (error) {
    throw translate(error);
  } finally {
    await own.end();
  }
}

const CANCEL_AGAIN_MS = 500;

/** Ends the statement under way when the worker is to end; again, for one may just have been about to begin. */
async function cancellable<T>(
  pid: number,
  { pool, ended }: Pick<CleanerDependencies, 'pool' | 'ended'>,
  work: () => Promise<T>,
): Promise<T> {
  let again: NodeJS.Timeout | undefined;
  const cancel = (): void => {
    pool.query('select pg_cancel_backend($1)', [pid]).catch(() => undefined); // PostgreSQL is away, and so is the statement
    again = setTimeout(cancel, CANCEL_AGAIN_MS);
  };
  ended.addEventListener('abort', cancel, { once: true });
  try {
    return await work();
  } finally {
    ended.removeEventListener('abort', cancel);
    clearTimeout(again);
  }
}
