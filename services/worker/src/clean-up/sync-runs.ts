import { deleteInChunks, Round } from './chunks';

const RUNS = 100;
const RECORDS = 2_000;

/** Deletes runs that ended before the cutoff. What they said of single records goes first: without its run nobody finds it. */
export async function deleteRuns(round: Round, cutoff: Date): Promise<void> {
  const { cleaner } = round;
  await deleteInChunks(round, 'sync_runs', async () => {
    const { rows } = await cleaner.query<{ id: string }>(
      'select id from sync_runs where ended_at < $1 order by ended_at limit $2',
      [cutoff, RUNS],
    );
    const ids = rows.map(({ id }) => id);
    await deleteRecords(round, ids);
    const { rowCount } = await cleaner.query('delete from sync_runs where id = any($1::uuid[]) and ended_at < $2', [
      ...[ids, cutoff],
    ]);
    return { deleted: rowCount ?? 0, isLast: ids.length < RUNS };
  });
}

async function deleteRecords(round: Round, runs: readonly string[]): Promise<void> {
  if (runs.length === 0) return;
  await deleteInChunks(round, 'sync_run_records', async () => {
    const { rowCount } = await round.cleaner.query(
      `delete from sync_run_records
        where id in (select id from sync_run_records where run_id = any($1::uuid[]) limit $2)`,
      [runs, RECORDS],
    );
    return { deleted: rowCount ?? 0, isLast: (rowCount ?? 0) < RECORDS };
  });
}
