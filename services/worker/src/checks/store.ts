import { Pool } from 'pg';
import { SystemFindings, SystemState } from '@bridgecore/contracts';
import { SystemCheck } from '@bridgecore/odoo';
import { inAuditedTransaction, writeAudit } from '../record/audit';

interface SavedRow {
  has_changed: boolean;
  former: SystemState | null;
}

/**
 * Keeps what was found in place of what was found before; when the state or the problems are others, with an audit row.
 * Two workers that check the same system wait here for each other, so each change is told once.
 */
export async function saveCheck(
  pool: Pool,
  system: string,
  { state, findings, snapshot }: SystemCheck,
  correlationId: string,
): Promise<{ hasChanged: boolean }> {
  const hasChanged = await inAuditedTransaction(pool, async (tx) => {
    const { rows } = await tx.query<SavedRow>(SAVE, [system, state, JSON.stringify({ ...findings, snapshot })]);
    const [row] = rows as [SavedRow];
    if (row.has_changed) {
      const detail = { former: row.former, problems: findings.problems };
      const entry = { action: 'system.checked', outcome: state, system, correlation_id: correlationId, detail };
      await writeAudit(tx, [entry]);
    }
    return row.has_changed;
  });
  return { hasChanged };
}

/** `now()` is the same all through a transaction: what has it has been changed in this one. */
const SAVE = `
  with former as (select state from system_checks where system = $1)
  insert into system_checks as stored (system, checked_at, changed_at, state, detail) values ($1, now(), now(), $2, $3)
  on conflict (system) do update
     set checked_at = now(), state = excluded.state, detail = excluded.detail,
         changed_at = case when (stored.state, stored.detail -> 'problems') is distinct from
                                (excluded.state, excluded.detail -> 'problems')
                           then now() else stored.changed_at end
  returning changed_at = now() as has_changed, (select state from former) as former`;

/** How a system was found last, and how long ago. */
export interface StoredCheck {
  readonly system: string;
  readonly state: SystemState;
  /** Another version may have found less. */
  readonly findings: Partial<SystemFindings>;
  readonly age_seconds: number;
}

/** The last checks of these systems, where there was one. */
export async function readChecks(pool: Pool, systems: readonly string[]): Promise<StoredCheck[]> {
  const { rows } = await pool.query<StoredCheck>(
    `select system, state, detail as findings, extract(epoch from now() - checked_at)::float8 as age_seconds
       from system_checks where system = any($1)`,
    [systems],
  );
  return rows;
}
