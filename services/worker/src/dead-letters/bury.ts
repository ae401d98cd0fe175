import { Pool, PoolClient } from 'pg';
import { EventMeter } from '../meters/event-meter';
import { AuditEntry, inAuditedTransaction, writeAudit } from '../record/audit';
import { DeadLetter, printable } from './letter';

/**
 * Checked first in the transaction that buries: throws when the caller may no longer write. Dead letters are matched with
 * nothing, so they need no lock of the system.
 */
export type Guard = (tx: PoolClient) => Promise<void>;

/** Where dead letters are kept. */
export interface Graveyard {
  readonly pool: Pool;
  /** Told of what was committed. */
  readonly meter?: Pick<EventMeter, 'buried'> | undefined;
}

/**
 * Commits dead letters with an audit row each. One that is there already counts a further attempt and keeps its history;
 * one that was replayed is open again, and one that was discarded stays so.
 */
export async function bury({ pool, meter }: Graveyard, letters: readonly DeadLetter[], guard?: Guard): Promise<void> {
  if (letters.length === 0) return;
  const rows = letters.map((letter) => ({ ...letter, error: printable(letter.error) }));
  await inAuditedTransaction(pool, async (tx) => {
    await guard?.(tx);
    const stored = await tx.query<StoredLetter>(
      `insert into dead_letters (${COLUMNS})
       select distinct on (system, origin, origin_id, raw_hash) ${COLUMNS}
         from jsonb_populate_recordset(null::dead_letters, $1::jsonb)
        order by system, origin, origin_id, raw_hash
       on conflict (system, origin, origin_id, raw_hash) do update
          set attempts = dead_letters.attempts + 1, last_failed_at = now(),
              reason = excluded.reason, error = excluded.error,
              status = case dead_letters.status when 'replayed' then 'open' else dead_letters.status end,
              closed_at = case dead_letters.status when 'replayed' then null else dead_letters.closed_at end,
              event_id = case dead_letters.status when 'replayed' then null else dead_letters.event_id end
       returning id, system, origin, origin_id, raw_hash`,
      [JSON.stringify(rows)],
    );
    const ids = new Map(stored.rows.map((letter) => [keyOf(letter), letter.id]));
    const audited = rows.map((letter) => auditOf(letter, ids.get(keyOf(letter)) ?? null));
    await writeAudit(tx, audited);
  });
  meter?.buried(rows);
}

type StoredLetter = Pick<DeadLetter, 'system' | 'origin' | 'origin_id' | 'raw_hash'> & { readonly id: string };

/** What makes two letters one; PostgreSQL writes the hash as a uuid. */
function keyOf({ system, origin, origin_id, raw_hash }: Omit<StoredLetter, 'id'>): string {
  return JSON.stringify([system, origin, origin_id, raw_hash.replaceAll('-', '')]);
}

const COLUMNS = `system, origin, origin_id, kind, raw, raw_hash, reason, error, model, record_id, received_at, correlation_id, key_id`;

function auditOf({ reason, origin, origin_id, ...letter }: DeadLetter, dead_letter_id: string | null): AuditEntry {
  const { system, model, record_id, correlation_id, key_id, error } = letter;
  const subject = { system, model, record_id, correlation_id, key_id };
  const detail = { dead_letter_id, reason, [`${origin}_id`]: origin_id };
  return { action: 'event.dead_lettered', outcome: 'failed', ...subject, error, detail };
}
