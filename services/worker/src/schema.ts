import { Pool } from 'pg';
import { pendingMigrations } from '@bridgecore/database';
import { Log } from '@bridgecore/runtime';
import { ensureAuditPartitions } from './record/audit';

/** How often a worker that waits for PostgreSQL or its schema looks again. */
const RETRY_MS = 1_000;

/**
 * Resolves with true when PostgreSQL is there with every migration that this version needs and the audit's months
 * ahead; says once what it waits for.
 */
export async function awaitSchema(pool: Pool, log: Log, ended: AbortSignal): Promise<boolean> {
  let told = '';
  while (!ended.aborted) {
    const problem = await problemOf(pool);
    if (problem === null) return true;
    if (problem.message !== told) log.warn(problem.message, problem.fields);
    told = problem.message;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return false;
}

interface Problem {
  readonly message: string;
  readonly fields: object;
}

async function problemOf(pool: Pool): Promise<Problem | null> {
  try {
    const pending = await pendingMigrations(pool);
    if (pending.length === 0) {
      await ensureAuditPartitions(pool);
      return null;
    }
    return { message: 'migrations.pending', fields: { pending, hint: 'apply them with `npm run migrate`; waiting' } };
  } catch (error) {
    return { message: 'postgres.down', fields: { error, hint: 'waiting' } };
  }
}
