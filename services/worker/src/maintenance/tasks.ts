import { MaintenanceKind } from '@bridgecore/contracts';
import { checkConnections } from '../checks/check-connections';
import { takeStatistics } from '../statistics/take-statistics';
import { cleanUp } from '../clean-up/clean-up';
import { countCleanedUp } from '../clean-up/meters';
import { WorkerDependencies, WorkerSettings, Workplace } from '../workplace';
import { MaintenanceTask } from './maintenance-job';

/** What is done for each kind of maintenance. */
export function maintenanceTasks(
  config: WorkerSettings,
  given: WorkerDependencies,
  place: Workplace,
): Partial<Record<MaintenanceKind, MaintenanceTask>> {
  const { log, metrics } = given;
  const { pool, fastRedis: redis, ended } = place;
  const count = countCleanedUp(metrics);
  return {
    'clean-up': cleanUp({ config, databaseUrl: config.DATABASE_URL, pool, log, ended, count }),
    'connection-check': checkConnections({
      ...{ systems: given.checked, rpc: given.checkRpc, log, pool, redis, ended, keptDays: keptDays(config) },
      skewWarnSeconds: config.CLOCK_SKEW_WARN_SECONDS,
      timeoutMs: config.ODOO_TIMEOUT_SECONDS * 1_000,
    }),
    statistics: takeStatistics({ redis, pool, systems: [...given.systems.keys()] }),
  };
}

/** As long as everything is kept that an event has left here. */
function keptDays({ EVENT_RETENTION_DAYS, DEAD_LETTER_RETENTION_DAYS }: WorkerSettings): number {
  const limits = [EVENT_RETENTION_DAYS, DEAD_LETTER_RETENTION_DAYS].filter((days) => days > 0);
  return limits.length === 0 ? 0 : Math.min(...limits);
}
