import { createHash } from 'node:crypto';
import { Pool, PoolClient } from 'pg';
import { Arrival, BridgeError, Origin, RejectedItem, WebhookEvent } from '@bridgecore/contracts';
import { AuditEntry, inAuditedTransaction, writeAudit } from '../record/audit';

/** What could not be recorded, and why. */
export interface DeadLetter {
  readonly system: string;
  readonly origin: Origin;
  readonly origin_id: string | null;
  /** The event or the item as JSON, redacted. */
  readonly raw: string;
  /** Tells a repeat from another letter: the event's content key, or a hash of the raw item. */
  readonly raw_hash: string;
  /** A stable code: `EVENT_INVALID`, or the SQLSTATE with which PostgreSQL refused it. */
  readonly reason: string;
  readonly error: string;
  readonly model: string | null;
  readonly record_id: number | null;
  readonly correlation_id: string;
  readonly key_id: string | null;
}

/** An event that PostgreSQL refuses. */
export function deadEvent(event: WebhookEvent, error: Error): DeadLetter {
  const { system, origin, origin_id, model, record_id, correlation_id, key_id } = event;
  const { code } = error as { code?: unknown };
  const reason = typeof code === 'string' ? code : error.name;
  const subject = { system, origin, origin_id, model, record_id, correlation_id, key_id };
  return { ...subject, raw: JSON.stringify(event), raw_hash: event.content_key, reason, error: error.message };
}

/** An item of a batch that the gateway refused. */
export function deadItem({ system, raw, code, message, correlation_id, key_id }: RejectedItem): DeadLetter {
  const unknown = { origin_id: null, model: null, record_id: null };
  const cause = { reason: code, error: message };
  return { system, origin: 'push', ...unknown, raw, raw_hash: hash(raw), ...cause, correlation_id, key_id };
}

/** A pulled row that the normaliser refuses. */
export function deadRow(
  raw: string,
  origin_id: string | null,
  error: BridgeError,
  arrival: Omit<Arrival, 'newId'>,
): DeadLetter {
  const { system, correlation_id, key_id } = arrival;
  const subject = { system, origin: 'pull' as const, origin_id, model: null, record_id: null, correlation_id, key_id };
  return { ...subject, raw, raw_hash: hash(raw), reason: error.code, error: error.message };
}

/**
 * Checked first in the transaction that buries: throws when the caller may no longer write. Dead letters are matched with
 * nothing, so they need no lock of the system.
 */
export type Guard = (tx: PoolClient) => Promise<void>;

/** Commits dead letters with an audit row each; one that is there already counts a further attempt. */
export async function bury(pool: Pool, letters: readonly DeadLetter[], guard?: Guard): Promise<void> {
  if (letters.length === 0) return;
  const rows = letters.map((letter) => ({ ...letter, error: printable(letter.error) }));
  await inAuditedTransaction(pool, async (tx) => {
    await guard?.(tx);
    await tx.query(
      `insert into dead_letters (${COLUMNS})
       select distinct on (system, origin, origin_id, raw_hash) ${COLUMNS}
         from jsonb_populate_recordset(null::dead_letters, $1::jsonb)
        order by system, origin, origin_id, raw_hash
       on conflict (system, origin, origin_id, raw_hash) do update
          set attempts = dead_letters.attempts + 1, last_failed_at = now(),
              reason = excluded.reason, error = excluded.error, correlation_id = excluded.correlation_id,
              status = case dead_letters.status when 'replayed' then 'open' else dead_letters.status end`,
      [JSON.stringify(rows)],
    );
    await writeAudit(tx, rows.map(auditOf));
  });
}

const COLUMNS = `system, origin, origin_id, raw, raw_hash, reason, error, model, record_id, correlation_id, key_id`;

function auditOf({ reason, origin, origin_id, ...letter }: DeadLetter): AuditEntry {
  const { system, model, record_id, correlation_id, key_id, error } = letter;
  const subject = { system, model, record_id, correlation_id, key_id };
  const detail = { reason, [`${origin}_id`]: origin_id };
  return { action: 'event.dead_lettered', outcome: 'failed', ...subject, error, detail };
}

function hash(raw: string): string {
  return createHash('sha256').update(raw).digest('hex').slice(0, 32);
}

/** PostgreSQL quotes what it refuses; its text takes neither NUL nor half a character. */
function printable(text: string): string {
  return text
    .slice(0, 2_000)
    .replaceAll('\u0000', '')
    .replace(/\p{Surrogate}/gu, '\ufffd');
}
