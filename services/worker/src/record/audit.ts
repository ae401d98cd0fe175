import { hostname } from 'node:os';
import { Pool, PoolClient } from 'pg';
import { inTransaction, translate } from '@bridgecore/database';

/** One line of the audit log: who did what to what, and how it ended. */
export interface AuditEntry {
  readonly action: string;
  readonly outcome: string;
  readonly key_id?: string | null;
  readonly system?: string;
  readonly model?: string | null;
  readonly record_id?: number | null;
  readonly event_id?: string | null;
  readonly correlation_id?: string;
  readonly error?: string;
  readonly detail?: object;
}

/** This worker, in whatever says who did it. */
export const WORKER = `${hostname()}-${process.pid}`;

const WRITER = { service: 'worker', worker: WORKER };

/** Writes audit rows in the transaction of what they tell about. */
export async function writeAudit(tx: PoolClient, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await tx.query(
    `insert into audit_logs (service, worker, key_id, action, outcome, system, model, record_id, event_id, correlation_id, error, detail)
     select service, worker, key_id, action, outcome, system, model, record_id, event_id, correlation_id, error, detail
       from jsonb_populate_recordset(null::audit_logs, $1::jsonb)`,
    [JSON.stringify(entries.map((entry) => ({ ...WRITER, ...entry })))],
  );
}

/** A transaction that writes audit rows; when nobody has made this month's partition yet, it is made, and all is done again. */
export async function inAuditedTransaction<T>(pool: Pool, work: (tx: PoolClient) => Promise<T>): Promise<T> {
  try {
    return await inTransaction(pool, work);
  } catch (error) {
    if (!isMissingPartition(error)) throw error;
    await ensureAuditPartitions(pool);
    return inTransaction(pool, work);
  }
}

/** PostgreSQL says so with a code about data (23514), of which the data is innocent. */
function isMissingPartition(error: unknown): boolean {
  const { code, table } = error as { code?: unknown; table?: unknown };
  return code === '23514' && table === 'audit_logs';
}

/** Makes the partitions of this month and of the three to come, where they are missing. */
export async function ensureAuditPartitions(pool: Pool): Promise<void> {
  const sql = `select ensure_audit_partition(now() + n * interval '1 month') from generate_series(0, 3) as n`;
  await pool.query(sql).catch((error: unknown) => {
    throw translate(error);
  });
}
