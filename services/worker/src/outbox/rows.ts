import { Pool, PoolClient } from 'pg';
import { translate } from '@bridgecore/database';
import { OutboxEntry } from './subscriber';

/**
 * True when no other relay is handing on to this subscriber: that is what keeps its entries in order. A relay that dies
 * or is frozen loses the right with its transaction.
 */
export async function isMyTurn(tx: PoolClient, subscriber: string): Promise<boolean> {
  const { rows } = await tx.query<{ is_mine: boolean }>(
    `select pg_try_advisory_xact_lock(hashtextextended('outbox ' || $1, 0)) as is_mine`,
    [subscriber],
  );
  return rows[0]?.is_mine === true;
}

/** The first entries of a subscriber that are due, locked. */
export async function claim(tx: PoolClient, subscriber: string, limit: number): Promise<OutboxEntry[]> {
  const { rows } = await tx.query<OutboxEntry>(
    `select id, event_id, system, created_at, attempts from outbox
      where subscriber = $1 and next_attempt_at <= now()
      order by id limit $2 for update skip locked`,
    [subscriber, limit],
  );
  return rows;
}

/** Deletes what has been handed on. */
export async function discharge(tx: PoolClient, entries: readonly OutboxEntry[]): Promise<void> {
  await tx.query('delete from outbox where id = any($1::bigint[])', [entries.map(({ id }) => id)]);
}

/** How an entry stands after it has failed. */
export interface Failed {
  readonly attempts: number;
  readonly next_attempt_at: Date;
  /** Of the event, to find it in the logs. */
  readonly correlation_id: string | null;
}

/**
 * Notes that an entry has failed: it is tried again after a time that doubles from a second to an hour, with jitter,
 * and goes on to be tried each hour. It is never given up, so nothing is dropped silently.
 */
export async function noteFailure(pool: Pool, { id }: OutboxEntry, error: unknown): Promise<Failed | undefined> {
  const text = String(error).slice(0, 2_000).replaceAll('\u0000', ''); // PostgreSQL's text takes no NUL
  const { rows } = await pool
    .query<Failed>(
      `update outbox
          set attempts = attempts + 1, last_error = $2,
              next_attempt_at = now() + interval '1 second' * least(3600, 2 ^ least(attempts, 12)) * (0.5 + random() / 2)
        where id = $1
        returning attempts, next_attempt_at, (select correlation_id from webhook_events where id = event_id)`,
      [id, text],
    )
    .catch((failure: unknown) => {
      throw translate(failure);
    });
  return rows[0];
}

/** What waits, by subscriber. */
export interface Waiting {
  readonly subscriber: string;
  readonly entries: number;
  readonly oldest_seconds: number;
}

/** Counts what waits; also for a subscriber that no longer exists. */
export async function countWaiting(pool: Pool): Promise<Waiting[]> {
  const { rows } = await pool.query<Waiting>(
    `select subscriber, count(*)::int as entries, extract(epoch from now() - min(created_at))::float8 as oldest_seconds
       from outbox group by subscriber`,
  );
  return rows;
}
