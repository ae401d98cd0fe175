import { MaintenanceKind } from '@bridgecore/contracts';
import { cleanUp } from '../clean-up/clean-up';
import { countCleanedUp } from '../clean-up/meters';
import { WorkerDependencies, WorkerSettings, Workplace } from '../workplace';
import { MaintenanceTask } from './maintenance-job';

/** What is done for each kind of maintenance. */
export function maintenanceTasks(
  config: WorkerSettings,
  { log, metrics }: WorkerDependencies,
  { pool, ended }: Workplace,
): Partial<Record<MaintenanceKind, MaintenanceTask>> {
  const { DATABASE_URL: databaseUrl } = config;
  return {
    'clean-up': cleanUp({ config, databaseUrl, pool, log, ended, count: countCleanedUp(metrics) }),
  };
}
