import { DataSource } from 'typeorm';
import { DataSyncJob } from '@bridgecore/contracts';

/** A run as the worker keeps it in `sync_runs`. */
export interface RunRow {
  readonly id: string;
  readonly source_system: string;
  readonly target_system: string;
  readonly model: string;
  readonly request: Omit<DataSyncJob, 'id' | 'source_system_id' | 'target_system_id' | 'model' | 'requested_at'>;
  readonly state: RunStateName;
  readonly direction: 'forward' | 'reverse';
  readonly done: number;
  readonly total: number;
  readonly result: Readonly<Partial<Record<'forward' | 'reverse', ResultRow>>>;
  readonly error: string | null;
  readonly requested_at: Date;
  readonly started_at: Date;
  readonly updated_at: Date;
  readonly ended_at: Date | null;
}

export type RunStateName = 'waiting' | 'running' | 'done' | 'failed';

interface ResultRow {
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly failed: number;
  readonly conflicts: number;
  readonly parents: object;
  readonly left_out: readonly object[];
}

/** Something that is said of a single record. */
export interface RecordRow {
  readonly id: string;
  readonly direction: string;
  readonly model: string;
  readonly record_id: number;
  readonly target_id: number | null;
  readonly action: string;
  readonly code: string | null;
  readonly message: string | null;
  readonly fields: readonly string[] | null;
}

/** So many errors are shown with a run; `GET …/records` has them all. */
const MAX_ERRORS = 1_000;

/** The last runs, newest first. */
export async function listRuns(source: DataSource, limit: number): Promise<object[]> {
  const rows = await source.query<RunRow[]>('select * from sync_runs order by requested_at desc, id limit $1', [limit]);
  return rows.map((row) => viewOf(row));
}

/** One run; null when no worker has begun it yet. */
export async function findRun(source: DataSource, id: string): Promise<RunRow | null> {
  const [row] = await source.query<RunRow[]>('select * from sync_runs where id = $1', [id]);
  return row ?? null;
}

/** A run with its result and what could not be done, as it stands. */
export async function runWithResult(source: DataSource, row: RunRow): Promise<object> {
  const errors = await source.query<RecordRow[]>(
    `select * from sync_run_records where run_id = $1 and action = 'fail' order by id limit $2`,
    [row.id, MAX_ERRORS],
  );
  const of = (direction: 'forward' | 'reverse'): object => {
    const own = errors.filter((entry) => entry.direction === direction);
    return resultOf(row.result[direction] ?? EMPTY, own.map(errorOf));
  };
  const back = row.result.reverse === undefined ? {} : { reverse: of('reverse') };
  return { ...viewOf(row), result: { ...of('forward'), ...back } };
}

/** What people look for first, and last what is long; the worker's own notes are not in it. */
function resultOf({ created, updated, skipped, failed, ...rest }: ResultRow, errors: readonly object[]): object {
  const { conflicts, parents, left_out } = rest;
  const total = created + updated + skipped + failed;
  return { created, updated, skipped, failed, total, conflicts, errors, parents, left_out };
}

/** Which records are asked for. */
export interface RecordFilter {
  readonly after: string;
  readonly limit: number;
  readonly action?: string;
  readonly code?: string;
}

/** What is said of single records of a run, in the order in which it was said. */
export async function listRecords(
  source: DataSource,
  id: string,
  { after, limit, action, code }: RecordFilter,
): Promise<{ records: RecordRow[]; next_after: string; has_more: boolean }> {
  const rows = await source.query<RecordRow[]>(
    `select id, direction, model, record_id, target_id, action, code, message, fields from sync_run_records
      where run_id = $1 and id > $2 and ($3::text is null or action = $3) and ($4::text is null or code = $4)
      order by id limit $5`,
    [id, after, action ?? null, code ?? null, limit + 1],
  );
  const records = rows.slice(0, limit);
  return { records, next_after: records.at(-1)?.id ?? after, has_more: rows.length > limit };
}

const EMPTY: ResultRow = { created: 0, updated: 0, skipped: 0, failed: 0, conflicts: 0, parents: {}, left_out: [] };

function errorOf({ model, record_id, code, message }: RecordRow): object {
  return { model, record_id, code, message };
}

function viewOf(row: RunRow): object {
  const { id, state, source_system, target_system, model, request, direction, done, total, error } = row;
  const { filters, bidirectional, conflicts, dry_run, full, user_id, key_id, correlation_id } = request;
  const { requested_at, started_at, updated_at, ended_at } = row;
  return {
    ...{ job_id: id, state, source_system_id: source_system, target_system_id: target_system, model },
    ...{ filters, bidirectional, conflicts, dry_run, full, user_id, key_id, correlation_id },
    ...{ progress: { direction, done, total }, error, requested_at, started_at, updated_at, ended_at },
  };
}
