import { MaintenanceKind } from '@bridgecore/contracts';
import { WorkerDependencies, WorkerSettings, Workplace } from '../workplace';
import { MaintenanceTask } from './maintenance-job';

/** What is done for each kind of maintenance. */
export function maintenanceTasks(
  _config: WorkerSettings,
  _given: WorkerDependencies,
  _place: Workplace,
): Partial<Record<MaintenanceKind, MaintenanceTask>> {
  return {};
}
