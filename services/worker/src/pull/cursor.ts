import { Pool } from 'pg';
import { translate } from '@bridgecore/database';

/** Where a system's run begins, and the number that makes it the only one that may commit. */
export interface RunStart {
  readonly fence: string;
  readonly lastEventId: number;
  /** How many runs there were, this one included. */
  readonly runs: number;
  readonly sweptAt: Date | null;
}

interface CursorRow {
  fence: string;
  last_event_id: string;
  runs: string;
  swept_at: Date | null;
}

/** Begins a run: from now on no commit of an earlier one holds. */
export async function beginRun(pool: Pool, system: string): Promise<RunStart> {
  const { rows } = await pool
    .query<CursorRow>(
      `insert into pull_cursors as cursor (system, fence, runs, last_run_at) values ($1, 1, 1, now())
       on conflict (system) do update set fence = cursor.fence + 1, runs = cursor.runs + 1, last_run_at = now()
       returning fence, last_event_id, runs, swept_at`,
      [system],
    )
    .catch((error: unknown) => {
      throw translate(error);
    });
  const [row] = rows as [CursorRow];
  return { fence: row.fence, lastEventId: Number(row.last_event_id), runs: Number(row.runs), sweptAt: row.swept_at };
}

/** Notes that a sweep went through, and lowers the cursor when the sweep says so; both only while the fence holds. */
export async function endSweep(pool: Pool, system: string, fence: string, lowerTo: number | null): Promise<void> {
  await pool
    .query(
      `update pull_cursors set swept_at = now(), last_event_id = least(last_event_id, $3)
        where system = $1 and fence = $2`,
      [system, fence, lowerTo],
    )
    .catch((error: unknown) => {
      throw translate(error);
    });
}
