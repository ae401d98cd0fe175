import { Asker, AT, Ground } from './ground';
import { Page } from './page';
import { Place, Position } from './position';

/** Where to begin: a position that was given, all that is kept, what comes from now on, or what came since a time. */
export type Whence = Position | 'beginning' | 'now' | Date;

/** Where reading begins. */
export interface Start extends Place {
  /** The position is of another database: reading begins an hour before it, so that some events may come again. */
  readonly epochChanged: boolean;
  /** Events that followed the position are not kept any more. */
  readonly gap: boolean;
}

/** Clocks of servers differ, and what was recorded last may have been under way for long: an hour covers both. */
const OVERLAP_US = 3_600_000_000n;
/** Rows are dated by the begin of their transaction, which may have waited for the lock: they are nearly in order. */
const DISORDER_US = 60_000_000n;

/** Finds the place; an old or foreign position is no mistake. */
export async function startFrom(tx: Asker, ground: Ground, whence: Whence): Promise<Start> {
  const { floor, newest, now } = ground;
  const usual = { epochChanged: false, gap: false };
  if (whence === 'beginning') return { id: floor.id, at: 0n, ...usual };
  if (whence === 'now') {
    return { ...(newest !== null && newest.id >= floor.id ? newest : { id: floor.id, at: now }), ...usual };
  }
  if (whence instanceof Date) return { ...(await placeAt(tx, ground, BigInt(whence.getTime()) * 1_000n)), ...usual };
  if (!ground.knows(whence)) {
    const time = whence.at - OVERLAP_US;
    return { ...(await placeAt(tx, ground, time)), epochChanged: true, gap: floor.at > time };
  }
  return { id: whence.id, at: whence.at, epochChanged: false, gap: whence.id < floor.id };
}

/**
 * Halves the ids: those of all systems lie nearly in the order of their times, so that no index by time is needed. Then the
 * system's last event before.
 */
const SEARCH = `
  with recursive search as (
    select coalesce(min(id), 0) as low, coalesce(max(id), -1) + 1 as high from webhook_events
    union all
    select case when probe.recorded_at < sought.at then probe.id + 1 else low end,
           case when probe.recorded_at < sought.at then high else (low + high) / 2 end
      from search
     cross join (select timestamptz 'epoch' + $2::bigint * interval '1 microsecond' as at) as sought
      left join lateral (
        select id, recorded_at from webhook_events where id >= (low + high) / 2 and id < high order by id limit 1
      ) as probe on true
     where low < high
  )
  select id, ${AT} as at from webhook_events
   where system = $1 and id < (select low from search where low >= high limit 1) order by id desc limit 1`;

/** Before every event that was recorded since, and some that were recorded shortly before. */
async function placeAt(tx: Asker, { system, floor, now }: Ground, time: bigint): Promise<Place> {
  const sought = (time < now ? time : now) - DISORDER_US;
  const [found] = await tx.query<{ id: string; at: string }[]>(SEARCH, [system, String(sought)]);
  if (found === undefined || BigInt(found.id) < floor.id) return { id: floor.id, at: max(sought, 0n) };
  return { id: BigInt(found.id), at: BigInt(found.at) };
}

/** Where a page has ended: behind what the clean-up has deleted, once nothing is left before it, or the gap is told for ever. */
export function endOf({ end, hasMore }: Page, floor: Place): Place {
  return !hasMore && end.id < floor.id ? floor : end;
}

function max(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
