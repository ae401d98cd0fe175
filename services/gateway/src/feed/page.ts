import { WebhookEventRow } from '@bridgecore/database';
import { EntityManager } from 'typeorm';
import { Asker, AT, floorOf } from './ground';
import { Place } from './position';

/** Which events of a system a reader is shown. */
export interface PageRequest {
  readonly system: string;
  readonly after: Place;
  readonly limit: number;
  /** Null: of all models. */
  readonly models: readonly string[] | null;
  readonly tests: boolean;
}

/** Events in their order, and the place behind the last one that was looked at, shown or not. */
export interface Page {
  readonly events: WebhookEventRow[];
  readonly end: Place;
  readonly hasMore: boolean;
  /** Events behind the place where it begins were deleted before, or while, it was read. */
  readonly hasGap: boolean;
}

/** So many events are looked at for one page: a rare model must not make a request walk over everything. */
const WINDOW = 5_000;
/** As they are stored, mostly compressed. A page ends with the event that goes beyond. */
const MAX_BYTES = 2 * 1024 * 1024;

/**
 * One statement, so that all of it is of one moment. Ids of a system appear in their order, for they are drawn under the lock
 * under which they are committed (`record`): what appears later has a higher id than all that is seen here.
 */
const SCAN = `
  with newest as (
    select max(id) as id from webhook_events where system = $1
  ), bound as (
    select coalesce(
      (select id from webhook_events where system = $1 and id > $2 order by id offset $3 limit 1),
      (select id from newest)) as id
  ), chosen as (
    select id, recorded_at, pg_column_size(data) as bytes from webhook_events
     where system = $1 and id > $2 and id <= (select id from bound)
       and ($5 or not is_test) and ($6::text[] is null or model = any($6))
     order by id limit $4
  )
  select id, ${AT} as at, bytes, true as fits, false as is_newest from chosen
  union all
  select id, ${AT}, 0, false, id = (select id from newest) from webhook_events
   where system = $1 and id > $2 and id = (select id from bound)
   order by id`;

interface Scanned {
  readonly id: string;
  readonly at: string;
  readonly bytes: number;
  readonly fits: boolean;
  readonly is_newest: boolean;
}

/** Reads one page. */
export async function readPage(tx: Asker & Pick<EntityManager, 'dataSource'>, asked: PageRequest): Promise<Page> {
  const { system, after, limit, models, tests } = asked;
  const window = models === null ? limit * 2 : WINDOW;
  const scanned = await tx.query<Scanned[]>(SCAN, [system, String(after.id), window, limit + 1, tests, models]);
  const fitting = scanned.filter(({ fits }) => fits);
  const bound = scanned.find(({ fits }) => !fits);
  const shown = fitting.slice(0, limitByBytes(fitting, limit));
  const isCut = shown.length < fitting.length;
  const end = isCut ? shown.at(-1) : bound;
  const events = await load(tx, shown);
  return {
    events,
    end: end === undefined ? after : { id: BigInt(end.id), at: BigInt(end.at) },
    hasMore: isCut || (bound !== undefined && !bound.is_newest),
    hasGap: after.id < (await floorOf(tx, system)), // asked last: what was deleted meanwhile has raised it
  };
}

function limitByBytes(rows: readonly Scanned[], limit: number): number {
  let bytes = 0;
  const over = rows.findIndex((row) => (bytes += row.bytes) > MAX_BYTES);
  return Math.min(limit, over < 0 ? limit : over + 1);
}

/** As every API shows them, without the making of entities, which costs as much as reading them. */
async function load(
  tx: Asker & Pick<EntityManager, 'dataSource'>,
  rows: readonly Scanned[],
): Promise<WebhookEventRow[]> {
  if (rows.length === 0) return [];
  const columns = tx.dataSource.getMetadata(WebhookEventRow).columns.map(({ databaseName }) => databaseName);
  const sql = `select ${columns.join(', ')} from webhook_events where id = any($1::bigint[]) order by id`;
  return tx.query(sql, [rows.map(({ id }) => id)]);
}
