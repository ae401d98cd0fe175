import { PoolClient } from 'pg';
import { BridgeError, MAX_INT4, WebhookEvent } from '@bridgecore/contracts';
import { EventRow, NewEventRow } from './event-row';
import { TWIN_WINDOW_MS } from './match';

/** How far a pull has come, and the number that its run must still hold. */
export interface Advance {
  readonly fence: string;
  /** The new `last_event_id`; null leaves the cursor where it is. */
  readonly cursor: number | null;
}

/**
 * Lets one transaction at a time record for a system: matching is then free of races, batches cannot deadlock, and
 * ids are drawn in the order of the commits. A statement of its own: one that waits for the lock and then reads sees
 * only what was committed before it began to wait.
 */
export async function lockSystem(tx: PoolClient, system: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('record ' || $1, 0))`, [system]);
}

/** Holds the run to its fence and moves the cursor; throws `FENCE_LOST` when a later run has begun. */
export async function advanceCursor(tx: PoolClient, system: string, { fence, cursor }: Advance): Promise<void> {
  if (cursor !== null && cursor > MAX_INT4) throw new BridgeError('ODOO_REFUSED', `Cursor ${cursor} is no Odoo id.`);
  const { rowCount } = await tx.query(
    `update pull_cursors
        set last_event_id = coalesce($3, last_event_id),
            last_event_at = case when $3 is null then last_event_at else now() end
      where system = $1 and fence = $2`,
    [system, fence, cursor],
  );
  if (rowCount === 0) throw new BridgeError('FENCE_LOST', `Another run pulls ${system} now.`);
}

/**
 * The stored rows that a batch could repeat or join: by an id of theirs, by idempotency key, by content. Content that is
 * not dated may be stored any number of times, so it is sought around the time of each event. Every branch has an index
 * of its own: with `system` in front of them all, a planner that has no statistics yet reads every row of the system.
 */
export async function findCandidates(
  tx: PoolClient,
  system: string,
  events: readonly WebhookEvent[],
): Promise<EventRow[]> {
  const { rows } = await tx.query<StoredRow>(
    `with wanted as (
       select * from jsonb_to_recordset($2::jsonb)
         as event (push_id text, pull_id bigint, arrival_id uuid, idempotency_key text, content_key uuid, occurred_at timestamptz))
     select ${COLUMNS.join(', ')} from webhook_events where id in (
       select stored.id from wanted join webhook_events as stored on stored.system = $1 and stored.push_id = wanted.push_id
       union
       select stored.id from wanted join webhook_events as stored on stored.system = $1 and stored.pull_id = wanted.pull_id
       union
       select stored.id from wanted join webhook_events as stored using (arrival_id)
       union
       select stored.id from wanted join webhook_events as stored
           on stored.system = $1 and stored.idempotency_key = wanted.idempotency_key
       union
       select stored.id from wanted join webhook_events as stored using (content_key) where stored.dated
       union
       select stored.id from wanted join webhook_events as stored using (content_key)
        where not stored.dated
          and stored.occurred_at between wanted.occurred_at - $3::interval and wanted.occurred_at + $3::interval)
     order by id`,
    [system, JSON.stringify(events.map(soughtBy)), `${TWIN_WINDOW_MS} milliseconds`],
  );
  return rows.map(fromStored);
}

function soughtBy({ origin, origin_id, arrival_id, idempotency_key, content_key, occurred_at }: WebhookEvent): object {
  return { [`${origin}_id`]: origin_id, arrival_id, idempotency_key, content_key, occurred_at };
}

/** Draws the ids, under the lock, and inserts the rows in the order given. */
export async function insertRows(tx: PoolClient, rows: readonly NewEventRow[]): Promise<void> {
  if (rows.length === 0) return;
  const drawn = await tx.query<{ id: string }>(
    `select nextval('webhook_events_id_seq') as id from generate_series(1, $1::int) order by id`,
    [rows.length],
  );
  rows.forEach((row, index) => (row.id = drawn.rows[index]?.id ?? null));
  await tx.query(
    `insert into webhook_events (${NEW_COLUMNS.join(', ')})
     select ${NEW_COLUMNS.join(', ')} from jsonb_populate_recordset(null::webhook_events, $1::jsonb)`,
    [JSON.stringify(rows)],
  );
}

/** Writes what a join has changed. */
export async function updateRows(tx: PoolClient, rows: readonly EventRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.query(
    `update webhook_events as stored
        set ${JOINED_COLUMNS.map((column) => `${column} = joined.${column}`).join(', ')}
       from jsonb_populate_recordset(null::webhook_events, $1::jsonb) as joined
      where stored.id = joined.id`,
    [JSON.stringify(rows)],
  );
}

const JOINED_COLUMNS = [
  ...['occurred_at', 'received_at', 'priority', 'category', 'user_id', 'user_name', 'changed_fields'],
  ...['push_id', 'pull_id', 'pushed_at', 'pulled_at', 'push_occurred_at', 'arrival_id', 'idempotency_key'],
] as const satisfies readonly (keyof EventRow)[];

const COLUMNS = [
  'id',
  'system',
  'content_key',
  'dated',
  'is_test',
  ...JOINED_COLUMNS,
] as const satisfies readonly (keyof EventRow)[];

const NEW_COLUMNS = [
  ...COLUMNS,
  ...['model', 'record_id', 'operation', 'data', 'correlation_id', 'key_id'],
] as const satisfies readonly (keyof NewEventRow)[];

const TIMES = ['occurred_at', 'received_at', 'pushed_at', 'pulled_at', 'push_occurred_at'] as const;

/** `pg` gives times as `Date`; rows have them as events do. */
type StoredRow = Omit<EventRow, (typeof TIMES)[number]> & Record<(typeof TIMES)[number], Date | null>;

function fromStored(stored: StoredRow): EventRow {
  const times = TIMES.map((name) => [name, stored[name]?.toISOString() ?? null]);
  return { ...stored, ...Object.fromEntries(times) } as EventRow;
}
