import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { BridgeError, QUEUES } from '@bridgecore/contracts';
import { translate } from '@bridgecore/database';
import { JobReport, queueReader } from '@bridgecore/runtime';
import { MaintenanceTask } from '../maintenance/maintenance-job';
import { SystemStatistics } from './statistics';
import { saveStatistics } from './store';

/** What is counted, and where. */
export interface StatisticsDependencies {
  readonly redis: Redis;
  readonly pool: Pool;
  /** The declared ones. */
  readonly systems: readonly string[];
}

/** Counts what waits, and keeps it in Redis. While PostgreSQL is away the queues are counted all the same: then they grow. */
export function takeStatistics({ redis, pool, systems }: StatisticsDependencies): MaintenanceTask {
  const readQueues = queueReader(redis, QUEUES);
  return async () => {
    const [queues, counted] = await Promise.all([readQueues(), countSystems(pool, systems)]);
    await saveStatistics(redis, { at: new Date(), queues, systems: Array.isArray(counted) ? counted : [] });
    const waiting = Object.fromEntries(queues.map(({ queue, jobs }) => [queue, jobs.waiting + jobs.prioritized]));
    const report: JobReport = { waiting };
    return Array.isArray(counted) ? report : { ...report, missing: counted.message };
  };
}

/** Per system, or why it could not be counted. */
async function countSystems(pool: Pool, systems: readonly string[]): Promise<SystemStatistics[] | BridgeError> {
  try {
    return (await pool.query<SystemStatistics>(COUNT, [systems])).rows;
  } catch (error) {
    const failure = translate(error);
    if (failure instanceof BridgeError && failure.code === 'DATABASE_UNAVAILABLE') return failure;
    throw error;
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
