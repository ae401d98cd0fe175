import { deleteInChunks, Round } from './chunks';
import { deleteDeliveries } from './deliveries';
import { giveUpEntries } from './outbox';
import { RetentionConfig } from './retention-config';
import { deleteRuns } from './sync-runs';
import { ROWS, walk } from './walk';

/** One thing that is kept for so long. */
export interface Retention {
  readonly setting: keyof RetentionConfig;
  readonly apply: (round: Round, cutoff: Date) => Promise<void>;
}

/** All but the audit. An outbox entry that is given up no longer holds its event, so it comes first. */
export const RETENTIONS: readonly Retention[] = [
  { setting: 'OUTBOX_RETENTION_DAYS', apply: giveUpEntries },
  { setting: 'DELIVERY_RETENTION_DAYS', apply: deleteDeliveries },
  { setting: 'EVENT_RETENTION_DAYS', apply: deleteEvents },
  { setting: 'DEAD_LETTER_RETENTION_DAYS', apply: deleteLetters },
  { setting: 'SYNC_TOMBSTONE_RETENTION_DAYS', apply: deleteTombstones },
  { setting: 'SYNC_RUN_RETENTION_DAYS', apply: deleteRuns },
  { setting: 'DEVICE_RETENTION_DAYS', apply: deleteDevices },
];

/**
 * Events lie in the order of their ids, but for what commits in the same seconds: once a whole page is too young, so is
 * the rest, and no index by time is needed. With them each system's floor rises, by which a consumer is told that it has
 * missed something. A delivery is made of its event's row: without it, neither what waits can be sent nor what is dead be
 * replayed.
 */
function deleteEvents(round: Round, cutoff: Date): Promise<void> {
  return walk(round, 'webhook_events', DELETE_EVENTS, cutoff, ({ due }) => due === 0);
}

const DELETE_EVENTS = `
  with page as materialized (
    select id, recorded_at < $3 as is_due from webhook_events where id > $1 order by id limit $2
  ), deleted as (
    delete from webhook_events event using page
     where event.id = page.id and page.is_due and not exists (select from outbox where event_id = event.id)
       and not exists (select from deliveries where event_id = event.id and state in ('waiting', 'dead'))
    returning event.system, event.id, event.recorded_at
  ), raised as (
    insert into feed_floors as floor (system, id, recorded_at)
    select system, max(id), max(recorded_at) from deleted group by system
        on conflict (system) do update
       set id = greatest(floor.id, excluded.id), recorded_at = greatest(floor.recorded_at, excluded.recorded_at)
  )
  select (select max(id) from page) as last, (select count(*) from page)::int as seen,
         (select count(*) from page where is_due)::int as due, (select count(*) from deleted)::int as deleted`;

/** Letters are closed in any order, so all are looked at. */
function deleteLetters(round: Round, cutoff: Date): Promise<void> {
  return walk(round, 'dead_letters', DELETE_LETTERS, cutoff, () => false);
}

/** Those closed in the first version have no time of it. One that is open again meanwhile is looked at again. */
const DELETE_LETTERS = `
  with page as materialized (
    select id from dead_letters where id > $1 order by id limit $2
  ), deleted as (
    delete from dead_letters letter using page
     where letter.id = page.id and letter.status in ('replayed', 'discarded')
       and coalesce(letter.closed_at, letter.last_failed_at) < $3
    returning 1
  )
  select (select max(id) from page) as last, (select count(*) from page)::int as seen, 0 as due,
         (select count(*) from deleted)::int as deleted`;

async function deleteTombstones(round: Round, cutoff: Date): Promise<void> {
  await deleteInChunks(round, 'sync_links', async () => {
    const { rowCount } = await round.cleaner.query(
      `delete from sync_links where deleted_at < $1
          and id in (select id from sync_links where deleted_at < $1 limit $2)`,
      [cutoff, ROWS],
    );
    return { deleted: rowCount ?? 0, isLast: (rowCount ?? 0) < ROWS };
  });
}

/** Devices that nobody has seen; one that calls at this moment is not among them. They are few, and have no index by time. */
async function deleteDevices(round: Round, cutoff: Date): Promise<void> {
  await deleteInChunks(round, 'sync_devices', async () => {
    const { rowCount } = await round.cleaner.query(
      `delete from sync_devices where ctid = any(array(
         select ctid from sync_devices where seen_at < $1 limit $2 for update skip locked))`,
      [cutoff, ROWS],
    );
    return { deleted: rowCount ?? 0, isLast: (rowCount ?? 0) < ROWS };
  });
}
