import { Pool } from 'pg';
import { translate } from '@bridgecore/database';

/** How one system stands. */
export interface SystemFigures {
  readonly system: string;
  readonly dead_letters_open: number;
  /** Since the last page or run that succeeded; null when there was none, or nobody declares the system any more. */
  readonly pull_lag_seconds: number | null;
}

/** Counts, in PostgreSQL, these systems and every other that has open dead letters. */
export async function countSystems(pool: Pool, systems: readonly string[]): Promise<SystemFigures[]> {
  try {
    return (await pool.query<SystemFigures>(COUNT, [systems])).rows;
  } catch (error) {
    throw translate(error);
  }
}

/** Letters of a system that is no longer declared are still somebody's work; its cursor says nothing any more. */
const COUNT = `
  select system, coalesce(letters.open, 0)::int as dead_letters_open,
         extract(epoch from now() - greatest(cursor.succeeded_at, cursor.last_event_at))::float8 as pull_lag_seconds
    from (select unnest($1::text[]) as system) as declared
    left join pull_cursors as cursor using (system)
    full join (select system, count(*) as open from dead_letters where status = 'open' group by system) as letters using (system)
   order by system`;
