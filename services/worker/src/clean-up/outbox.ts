import { AuditEntry, inAuditedTransaction, writeAudit } from '../record/audit';
import { deleteInChunks, Round } from './chunks';

const ENTRIES = 1_000;

/** What is handed on at this moment is not given up. */
const GIVE_UP = `
  delete from outbox where id in (
    select id from outbox where created_at < $1 order by id limit $2 for update skip locked
  ) returning id, subscriber, event_id, system, created_at, attempts, last_error`;

interface GivenUp {
  readonly id: string;
  readonly subscriber: string;
  readonly event_id: string;
  readonly system: string;
  readonly created_at: Date;
  readonly attempts: number;
  readonly last_error: string | null;
}

/** Gives up what could not be handed on in time. Never silently: each entry leaves an audit row, written with its end. */
export async function giveUpEntries(round: Round, cutoff: Date): Promise<void> {
  const { pool, log } = round;
  const bySubscriber: Record<string, number> = {};
  try {
    await deleteInChunks(round, 'outbox', async () => {
      const entries = await inAuditedTransaction(pool, async (tx) => {
        const { rows } = await tx.query<GivenUp>(GIVE_UP, [cutoff, ENTRIES]);
        await writeAudit(tx, rows.map(toAudit));
        return rows;
      });
      for (const { subscriber } of entries) bySubscriber[subscriber] = (bySubscriber[subscriber] ?? 0) + 1;
      return { deleted: entries.length, isLast: entries.length < ENTRIES };
    });
  } finally {
    for (const [subscriber, entries] of Object.entries(bySubscriber)) {
      log.warn('outbox.given_up', { subscriber, entries, hint: 'too old; each is in the audit' });
    }
  }
}

function toAudit({ id, event_id, system, last_error, ...entry }: GivenUp): AuditEntry {
  const { subscriber, attempts, created_at } = entry;
  const subject = { action: 'outbox.given_up', outcome: 'given_up', system, event_id };
  const detail = { outbox_id: id, subscriber, attempts, created_at };
  return { ...subject, detail, ...(last_error === null ? {} : { error: last_error }) };
}
