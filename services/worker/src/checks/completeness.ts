import { Pool } from 'pg';
import { isRecord, SystemFindings } from '@bridgecore/contracts';
import { Snapshot } from '@bridgecore/odoo';
import { Log } from '@bridgecore/runtime';

/** What was compared: how many events of which day Odoo held, and how many of them are recorded here by now. */
export type Completeness = Pick<SystemFindings, 'events_held' | 'events_recorded' | 'events_until'>;

/** What the comparison rests on. */
export interface CompletenessOptions {
  readonly pool: Pool;
  readonly log: Log;
  /** The fewest days for which something recorded is kept; 0 for ever. */
  readonly keptDays: number;
  /** A snapshot is the one to be judged until it is so old; a minute unless given. */
  readonly settleMs?: number;
}

const NOT_KNOWN: Completeness = { events_held: null, events_recorded: null, events_until: null };

const DAY_MS = 86_400_000;

/**
 * Judges by the new snapshot when everything in it is recorded. Otherwise some of it is perhaps only not pulled yet: then
 * by the one before, whose events have had the time from check to check, and not at all when there was none. `kept` is
 * what the next check has before it.
 */
export async function compare(
  system: string,
  fresh: Snapshot | null,
  options: CompletenessOptions,
): Promise<{ readonly completeness: Completeness; readonly kept: Snapshot | null }> {
  const former = await readSnapshot(options.pool, system);
  if (fresh === null) return { completeness: NOT_KNOWN, kept: former };
  const found = await judge(system, fresh, options);
  if (found.events_recorded === found.events_held) return { completeness: found, kept: fresh };
  if (former === null) return { completeness: NOT_KNOWN, kept: fresh };
  const isSettled = Date.now() - Date.parse(former.at) >= (options.settleMs ?? 60_000);
  return { completeness: await judge(system, former, options), kept: isSettled ? fresh : former };
}

async function judge(system: string, snapshot: Snapshot, given: CompletenessOptions): Promise<Completeness> {
  const { at, took_seconds, held } = snapshot;
  // Whether a row of the seconds at either edge was counted cannot be known: it is taken for one that was.
  const [from, to] = [Date.parse(at) - DAY_MS - (took_seconds + 1) * 1_000, Date.parse(at) + 1_000];
  if (given.keptDays > 0 && from < Date.now() - given.keptDays * DAY_MS) return NOT_KNOWN; // what is gone proves nothing
  try {
    const recorded = await countRecorded(given.pool, system, new Date(from), new Date(to));
    return { events_held: held, events_recorded: Math.min(held, recorded), events_until: at };
  } catch (error) {
    given.log.warn('completeness.not_counted', { system, error }); // a check tells more than this
    return NOT_KNOWN;
  }
}

/** The last check's; another version may have kept something else. */
async function readSnapshot(pool: Pool, system: string): Promise<Snapshot | null> {
  const sql = `select detail -> 'snapshot' as snapshot from system_checks where system = $1`;
  const { rows } = await pool.query<{ snapshot: unknown }>(sql, [system]).catch(() => ({ rows: [] }));
  const { at, took_seconds, held } = isRecord(rows[0]?.snapshot) ? rows[0].snapshot : {};
  if (typeof at !== 'string' || typeof took_seconds !== 'number' || typeof held !== 'number') return null;
  return Number.isNaN(Date.parse(at)) ? null : { at, took_seconds, held };
}

/** Pulled rows of that time: those that are events here, and those that are only dead letters. */
async function countRecorded(pool: Pool, system: string, from: Date, to: Date): Promise<number> {
  const [first, last] = [from, to].map((time) => time.toISOString().slice(0, 19));
  const { rows } = await pool.query<{ recorded: number }>(COUNT, [system, from, to, first, last]);
  return rows[0]?.recorded ?? 0;
}

/**
 * A letter's time stands in its body, as Odoo or as we write it, before its data; where it does not, it is as old as the
 * letter. All are in UTC, and compared as text: a body may hold anything.
 */
const COUNT = `
  select ((select count(*) from webhook_events
            where system = $1 and pull_id is not null and occurred_at between $2 and $3)
        + (select count(distinct coalesce(origin_id, id::text)) from dead_letters as letter
            where system = $1 and origin = 'pull' and first_failed_at >= $2
              and coalesce(
                    replace(substring(raw from '"(?:occurred_at|timestamp)" *: *"(\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d:\\d\\d)'), ' ', 'T')
                      collate "C" between $4 and $5,
                    true)
              and not exists (
                    select 1 from webhook_events
                     where system = $1
                       and pull_id = case when letter.origin_id ~ '^\\d{1,10}$' then letter.origin_id::bigint end)))::int as recorded`;
