import { PoolClient } from 'pg';
import { EventRow } from './event-row';

/** To whom new events are handed on, as `record` sees it. */
export interface Outbox {
  /** The names of the subscribers; each gets a row of its own for every new event. */
  readonly subscribers: readonly string[];
  /** Told after a commit that wrote rows; that it is not told is made good by the sweep. */
  wake(): void;
}

/**
 * Writes what must follow new events in the transaction of the events, in their order. Only what is new has followers:
 * a join or a repeat shows nobody an event for the first time. A test event is an event, and marked as what it is.
 */
export async function writeOutbox(tx: PoolClient, { subscribers }: Outbox, events: readonly EventRow[]): Promise<void> {
  if (subscribers.length === 0 || events.length === 0) return;
  const rows = events.flatMap(({ id, system }) =>
    subscribers.map((subscriber) => ({ subscriber, event_id: id, system })),
  );
  await tx.query(
    `insert into outbox (subscriber, event_id, system)
     select subscriber, event_id, system
       from jsonb_to_recordset($1::jsonb) as row (subscriber text, event_id bigint, system text)
      order by event_id, subscriber`,
    [JSON.stringify(rows)],
  );
}
