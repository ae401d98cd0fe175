import { hostname } from 'node:os';
import { EntityManager } from 'typeorm';

/** What the gateway writes into the audit: columns of `audit_logs`. */
export interface AuditEntry {
  readonly action: string;
  readonly key_id: string;
  readonly correlation_id: string;
  readonly system?: string;
  readonly model?: string | null;
  readonly record_id?: number | null;
  readonly event_id?: string | null;
  readonly detail?: object;
}

/** Writes what an operator has done or asked for. The month is made first: a gateway may be alone when a new one begins. */
export async function writeAudit(tx: EntityManager, entry: AuditEntry): Promise<void> {
  const row = { service: 'gateway', worker: `${hostname()}-${process.pid}`, outcome: 'done', ...entry };
  await ensureAuditMonth(tx);
  await tx.query(
    `insert into audit_logs (service, worker, key_id, action, outcome, system, model, record_id, event_id, correlation_id, detail)
     select service, worker, key_id, action, outcome, system, model, record_id, event_id, correlation_id, detail
       from jsonb_populate_record(null::audit_logs, $1::jsonb)`,
    [JSON.stringify(row)],
  );
}

/** Makes this month's partition where it is missing; fails when nothing can be written down now. */
export async function ensureAuditMonth(tx: EntityManager): Promise<void> {
  await tx.query('select ensure_audit_partition(now())');
}
