import { Pool } from 'pg';
import { translate } from '@bridgecore/database';

/** Where a system's run begins, and the number that makes it the only one that may commit. */
export interface RunStart {
  readonly fence: string;
  readonly lastEventId: number;
  /** How many runs there were, this one included. */
  readonly runs: number;
  /** The last sweep is as long ago as it should be. */
  readonly isSweepRested: boolean;
  /** Sweeps have met nothing but rows that Odoo does not let us acknowledge, so they come more seldom. */
  readonly isSweepSlowed: boolean;
}

interface CursorRow {
  fence: string;
  last_event_id: string;
  runs: string;
  is_sweep_rested: boolean;
  is_sweep_slowed: boolean;
}

/** After an idle run a sweep costs Odoo one empty page, so it may come often; the column's default. */
const SWEEP_SECONDS = 60;

/** As seldom as a sweep becomes. */
const MAX_SWEEP_SECONDS = 3_600;

/** Begins a run: from now on no commit of an earlier one holds. */
export async function beginRun(pool: Pool, system: string): Promise<RunStart> {
  const { rows } = await pool
    .query<CursorRow>(
      `insert into pull_cursors as cursor (system, fence, runs, last_run_at) values ($1, 1, 1, now())
       on conflict (system) do update set fence = cursor.fence + 1, runs = cursor.runs + 1, last_run_at = now()
       returning fence, last_event_id, runs, sweep_interval_seconds > $2 as is_sweep_slowed,
                 swept_at is null or swept_at <= now() - make_interval(secs => sweep_interval_seconds) as is_sweep_rested`,
      [system, SWEEP_SECONDS],
    )
    .catch((error: unknown) => {
      throw translate(error);
    });
  const [row] = rows as [CursorRow];
  const { is_sweep_rested: isSweepRested, is_sweep_slowed: isSweepSlowed } = row;
  const { fence, last_event_id: lastEventId, runs } = row;
  return { fence, lastEventId: Number(lastEventId), runs: Number(runs), isSweepRested, isSweepSlowed };
}

/** Notes that a run has come to Odoo's last page, or as far as it had time for; only while the fence holds. */
export async function noteSuccess(pool: Pool, system: string, fence: string): Promise<void> {
  await pool
    .query('update pull_cursors set succeeded_at = now() where system = $1 and fence = $2', [system, fence])
    .catch((error: unknown) => {
      throw translate(error);
    });
}

/** What a sweep has come to. */
export interface SweepEnd {
  /** Where the cursor goes back to, if it is beyond that. */
  readonly lowerTo: number | null;
  /** It met rows, and nothing could be done about any of them. */
  readonly isFruitless: boolean;
}

/** Notes that a sweep went through and when the next may come, and lowers the cursor; only while the fence holds. */
export async function endSweep(pool: Pool, system: string, fence: string, end: SweepEnd): Promise<void> {
  await pool
    .query(
      `update pull_cursors
          set swept_at = now(), last_event_id = least(last_event_id, $3),
              sweep_interval_seconds = case when $4 then least(sweep_interval_seconds * 2, $6) else $5 end
        where system = $1 and fence = $2`,
      [system, fence, end.lowerTo, end.isFruitless, SWEEP_SECONDS, MAX_SWEEP_SECONDS],
    )
    .catch((error: unknown) => {
      throw translate(error);
    });
}
