import { Place, Position } from './position';

/** Who asks PostgreSQL, always over the same connection: two of them may be two servers. */
export interface Asker {
  query<Rows>(sql: string, values: unknown[]): Promise<Rows>;
}

/** When a row was recorded, in microseconds. */
export const AT = '(extract(epoch from recorded_at) * 1000000)::bigint';

/** What holds of a system's feed at the moment, and whether positions mean here what they meant when they were given. */
export interface Ground {
  readonly system: string;
  readonly epoch: string;
  /** The last event that the clean-up has deleted. */
  readonly floor: Place;
  readonly newest: Place | null;
  /** By PostgreSQL's clock, in microseconds. */
  readonly now: bigint;
  /**
   * A position of this database whose event is there as it was. The row is looked at as well, for rows that are copied back
   * into the same table leave the epoch as it is.
   */
  knows(position: Position): boolean;
}

interface Survey {
  readonly epoch: string;
  readonly now: string;
  readonly floor_id: string | null;
  readonly floor_at: string | null;
  readonly newest_id: string | null;
  readonly newest_at: string | null;
  readonly found: Readonly<Record<string, string>> | null;
}

const SURVEY = `
  select feed_epoch() as epoch, (extract(epoch from now()) * 1000000)::bigint as now,
         floors.id as floor_id, ${AT.replace('recorded_at', 'floors.recorded_at')} as floor_at,
         newest.id as newest_id, newest.at as newest_at,
         (select json_object_agg(id::text, (${AT})::text) from webhook_events
           where system = $1 and id = any($2::bigint[])) as found
    from (select $1::text as system) as asked
    left join feed_floors as floors using (system)
    left join lateral (
      select id, ${AT} as at from webhook_events where system = $1 order by id desc limit 1
    ) as newest on true`;

/** Looks at the feed of a system, and at the events of these positions. */
export async function survey(tx: Asker, system: string, positions: readonly Position[]): Promise<Ground> {
  const ids = positions.map(({ id }) => String(id));
  const [row] = await tx.query<Survey[]>(SURVEY, [system, ids]);
  if (row === undefined) throw new Error('PostgreSQL has not answered');
  const floor = placeOf(row.floor_id, row.floor_at) ?? { id: 0n, at: 0n };
  return {
    ...{ system, epoch: row.epoch, floor, now: BigInt(row.now) },
    newest: placeOf(row.newest_id, row.newest_at),
    knows: ({ epoch, id, at }) => epoch === row.epoch && (id <= floor.id || row.found?.[String(id)] === String(at)),
  };
}

/** The last event that the clean-up has deleted by now; 0 for none. It is raised in the transaction that deletes. */
export async function floorOf(tx: Asker, system: string): Promise<bigint> {
  const [row] = await tx.query<{ id: string }[]>('select id from feed_floors where system = $1', [system]);
  return BigInt(row?.id ?? 0);
}

function placeOf(id: string | null, at: string | null): Place | null {
  return id === null || at === null ? null : { id: BigInt(id), at: BigInt(at) };
}
