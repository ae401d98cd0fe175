import { Pool, PoolClient } from 'pg';
import { DataSyncJob } from '@bridgecore/contracts';
import { translate } from '@bridgecore/database';
import { Direction } from './direction';
import { Fence, heldBy } from './fence';
import { Entry, LeftOutCount, PageCounts } from './page-report';
import { Position } from './reader';

/** What one direction has come to so far. */
export interface DirectionResult extends PageCounts {
  readonly parents: Readonly<Record<string, { readonly created: number; readonly updated: number }>>;
  readonly left_out: readonly LeftOutCount[];
  /** Up to where it has read. */
  readonly latest: string | null;
  /** When it was begun, by the source's clock: the watermark does not pass it. */
  readonly until: string | null;
}

/** Both directions, as they stand in `sync_runs.result`. */
export interface RunResult {
  readonly forward?: DirectionResult;
  readonly reverse?: DirectionResult;
}

/** Where a run goes on: first what earlier runs have left, then page by page. */
export type RunPosition =
  | { readonly stage: 'retries'; readonly after: number; readonly since: string | null }
  | { readonly stage: 'pages'; readonly at: Position };

/** A run as it was begun, perhaps by a worker that has died since. */
export interface RunState {
  readonly isDone: boolean;
  readonly direction: Direction['name'];
  readonly position: RunPosition | null;
  readonly progress: Progress;
  readonly result: RunResult;
  /** So many records together at most: Odoo was too slow for more. */
  readonly batch: number | null;
}

/** Of the direction that is under way. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

interface RunRow extends Progress {
  readonly state: string;
  readonly direction: Direction['name'];
  readonly position: RunPosition | null;
  readonly result: RunResult;
  readonly batch: number | null;
}

/** What is kept of a run after each page, in the transaction of what the page has left elsewhere. */
export interface Checkpoint {
  readonly direction: Direction['name'];
  readonly position: RunPosition | null;
  readonly progress: Progress;
  readonly result: RunResult;
  readonly entries: readonly Entry[];
}

/** Begins a run, or takes up what is known of it. */
export async function beginRun(pool: Pool, job: DataSyncJob): Promise<RunState> {
  const { id, source_system_id, target_system_id, model, requested_at, ...request } = job;
  const { rows } = await pool
    .query<RunRow>(
      `insert into sync_runs as run (id, source_system, target_system, model, request, state, requested_at)
       values ($1, $2, $3, $4, $5, 'running', $6)
       on conflict (id) do update set updated_at = now(), error = null, ended_at = null,
          state = case run.state when 'done' then 'done' else 'running' end
       returning state, direction, position, done, total, result, batch`,
      [id, source_system_id, target_system_id, model, JSON.stringify(request), requested_at],
    )
    .catch((error: unknown) => {
      throw translate(error);
    });
  const [{ state, direction, position, done, total, result, batch }] = rows as [RunRow];
  return { isDone: state === 'done', direction, position, progress: { done, total }, result, batch };
}

/** Keeps where the run stands; `also` writes with it. Only while the fence holds. */
export async function keepRun(
  pool: Pool,
  fence: Fence,
  id: string,
  { direction, position, progress, result, entries }: Checkpoint,
  also: (tx: PoolClient) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await heldBy(pool, fence, async (tx) => {
    await tx.query(
      `update sync_runs set direction = $2, position = $3, done = $4, total = $5, result = $6, updated_at = now() where id = $1`,
      [id, direction, JSON.stringify(position), progress.done, progress.total, JSON.stringify(result)],
    );
    await tx.query(
      `insert into sync_run_records (run_id, direction, model, record_id, target_id, action, code, message, fields)
       select $1, $2, model, record_id, target_id, action, code, message, fields
         from jsonb_to_recordset($3::jsonb) as row
              (model text, record_id int, target_id int, action text, code text, message text, fields jsonb)`,
      [id, direction, JSON.stringify(entries)],
    );
    await also(tx);
  });
}

/** Ends a run in the transaction of `also`. */
export async function endRun(
  pool: Pool,
  fence: Fence,
  id: string,
  also: (tx: PoolClient) => Promise<void>,
): Promise<void> {
  await heldBy(pool, fence, async (tx) => {
    await tx.query(
      `update sync_runs set state = 'done', position = null, ended_at = now(), updated_at = now() where id = $1`,
      [id],
    );
    await also(tx);
  });
}

/** Why a run does not go on, for good or for now, and how many records it may take together from now on. */
export interface Trouble {
  readonly isFinal: boolean;
  readonly error: string;
  readonly batch: number | null;
}

/** Notes a trouble. The run stays where it is, and a later attempt goes on from there. */
export async function noteTrouble(
  tx: Pick<PoolClient, 'query'>,
  id: string,
  { isFinal, error, batch }: Trouble,
): Promise<void> {
  await tx.query(
    `update sync_runs set state = $2, error = $3, batch = least($4, batch), updated_at = now(),
            ended_at = case when $2 = 'failed' then now() end
      where id = $1 and state <> 'done'`,
    [id, isFinal ? 'failed' : 'waiting', error.slice(0, 2_000), batch],
  );
}
