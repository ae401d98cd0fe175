import { hostname } from 'node:os';
import { Pool, PoolClient } from 'pg';

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

const WRITER = { service: 'worker', worker: `${hostname()}-${process.pid}` };

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

/** True when the insert failed because nobody has made this month's partition; it says so with a code about data. */
export function isMissingPartition(error: unknown): boolean {
  const { code, table } = error as { code?: unknown; table?: unknown };
  return code === '23514' && table === 'audit_logs';
}

/** Makes the partitions of this month and of the three to come, where they are missing. */
export async function ensureAuditPartitions(pool: Pool): Promise<void> {
  await pool.query(`select ensure_audit_partition(now() + n * interval '1 month') from generate_series(0, 3) as n`);
}
