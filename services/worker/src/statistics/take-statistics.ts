import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { BridgeError, QUEUES } from '@bridgecore/contracts';
import { JobReport, queueReader } from '@bridgecore/runtime';
import { MaintenanceTask } from '../maintenance/maintenance-job';
import { countSystems } from './count-systems';

/** What is counted, and where. */
export interface StatisticsDependencies {
  readonly redis: Redis;
  readonly pool: Pool;
  /** The declared ones. */
  readonly systems: readonly string[];
}

/**
 * Counts what waits, for the one line of the job: who has only the log sees there how the hub stood at that time. While
 * PostgreSQL is away the queues are counted all the same: then they grow.
 */
export function takeStatistics({ redis, pool, systems }: StatisticsDependencies): MaintenanceTask {
  const readQueues = queueReader(redis, QUEUES);
  return async () => {
    const [found, counted] = await Promise.all([readQueues(), orAway(countSystems(pool, systems))]);
    const queues = found.map(({ queue, jobs, oldest_seconds }) => [queue, { ...filled(jobs), oldest_seconds }]);
    const report: JobReport = { queues: Object.fromEntries(queues) as object };
    if (!Array.isArray(counted)) return { ...report, missing: counted.message };
    const lags = counted.map(({ system, pull_lag_seconds: lag, ...figures }) => [
      system,
      { ...figures, pull_lag_seconds: lag === null ? null : Math.round(lag) },
    ]);
    return { ...report, systems: Object.fromEntries(lags) as object };
  };
}

/** Only the states in which there is something: most queues are empty most of the time. */
function filled(jobs: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(jobs).filter(([, count]) => count > 0));
}

/** What was counted, or that PostgreSQL was away. */
async function orAway<T>(counting: Promise<T>): Promise<T | BridgeError> {
  try {
    return await counting;
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'DATABASE_UNAVAILABLE') return error;
    throw error;
  }
}
