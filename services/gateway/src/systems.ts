import { DataSource } from 'typeorm';
import { DeclaredSystem, publicUrl, SystemFindings, SystemState } from '@bridgecore/contracts';

/** A declared system: how far it is pulled, and how the last connection check found it. */
export interface SystemView {
  readonly id: string;
  readonly url: string;
  readonly sync_interval_seconds: number;
  readonly pull: PullView;
  readonly dead_letters_open: number;
  readonly check: CheckView | null;
}

/** How far a system is pulled; nulls and zeros when it never was. */
export interface PullView {
  readonly last_event_id: number;
  readonly last_run_at: Date | null;
  /** When a run last came to its end without a failure. */
  readonly succeeded_at: Date | null;
  readonly last_event_at: Date | null;
  readonly swept_at: Date | null;
  readonly runs: number;
  /** Since the last page or run that succeeded. */
  readonly lag_seconds: number | null;
}

/** What the last connection check has found. */
export interface CheckView extends SystemFindings {
  readonly state: SystemState;
  readonly checked_at: Date;
  readonly changed_at: Date;
}

interface SystemRow extends PullView {
  readonly id: string;
  readonly dead_letters_open: number;
  readonly state: SystemState | null;
  readonly checked_at: Date;
  readonly changed_at: Date;
  readonly detail: Partial<SystemFindings> & { readonly snapshot?: unknown };
}

/** These systems as they are now, in this order. */
export async function readSystems(source: DataSource, declared: readonly DeclaredSystem[]): Promise<SystemView[]> {
  const rows = await source.query<SystemRow[]>(READ, [declared.map(({ id }) => id)]);
  const rowOf = new Map(rows.map((row) => [row.id, row]));
  return declared.flatMap(({ id, url, sync_interval_seconds }) => {
    const row = rowOf.get(id);
    if (row === undefined) return []; // there is a row for each
    const { dead_letters_open } = row;
    const pull = pullOf(row);
    return [{ id, url: publicUrl(url), sync_interval_seconds, pull, dead_letters_open, check: checkOf(row) }];
  });
}

const READ = `
  select declared.id, coalesce(cursor.last_event_id, 0)::int as last_event_id, coalesce(cursor.runs, 0)::float8 as runs,
         cursor.last_run_at, cursor.succeeded_at, cursor.last_event_at, cursor.swept_at,
         round(extract(epoch from now() - greatest(cursor.succeeded_at, cursor.last_event_at)))::float8 as lag_seconds,
         (select count(*)::int from dead_letters where system = declared.id and status = 'open') as dead_letters_open,
         checked.state, checked.checked_at, checked.changed_at, checked.detail
    from unnest($1::text[]) as declared (id)
    left join pull_cursors as cursor on cursor.system = declared.id
    left join system_checks as checked on checked.system = declared.id`;

function pullOf(row: SystemRow): PullView {
  const { last_event_id, last_run_at, succeeded_at, last_event_at, swept_at, runs, lag_seconds } = row;
  return { last_event_id, last_run_at, succeeded_at, last_event_at, swept_at, runs, lag_seconds };
}

const UNKNOWN: SystemFindings = {
  problems: [],
  reachable: false,
  key_accepted: null,
  addon_version: null,
  clock_skew_seconds: null,
  pending_events: null,
  events_held: null,
  events_recorded: null,
  events_until: null,
  key_expires_at: null,
  rpc: null,
};

/** A worker of another version may know less. What it keeps for its next check is its own. */
function checkOf({ state, checked_at, changed_at, detail }: SystemRow): CheckView | null {
  if (state === null) return null;
  const { snapshot: _, ...found } = detail;
  return { state, checked_at, changed_at, ...UNKNOWN, ...found };
}
