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

/** The stored rows that a batch could repeat or join: by an id of theirs, by content, by idempotency key. */
export async function findCandidates(
  tx: PoolClient,
  system: string,
  events: readonly WebhookEvent[],
): Promise<EventRow[]> {
  const times = events.map(({ occurred_at }) => Date.parse(occurred_at));
  const ids = (origin: string): (string | null)[] =>
    events.filter((event) => event.origin === origin && event.origin_id !== null).map(({ origin_id }) => origin_id);
  const { rows } = await tx.query<StoredRow>(
    `select ${COLUMNS.join(', ')}
       from webhook_events
      where system = $1 and (
            push_id = any($2::text[])
         or pull_id = any($3::bigint[])
         or arrival_id = any($4::uuid[])
         or idempotency_key = any($5::text[])
         or (content_key = any($6::uuid[]) and (dated or occurred_at between $7 and $8 or push_occurred_at between $7 and $8)))`,
    [
      system,
      ids('push'),
      ids('pull'),
      events.map(({ arrival_id }) => arrival_id),
      events.map(({ idempotency_key }) => idempotency_key).filter((key) => key !== null),
      events.map(({ content_key }) => content_key),
      new Date(times.reduce((a, b) => Math.min(a, b), Infinity) - TWIN_WINDOW_MS),
      new Date(times.reduce((a, b) => Math.max(a, b), -Infinity) + TWIN_WINDOW_MS),
    ],
  );
  return rows.map(fromStored);
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
