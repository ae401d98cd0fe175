import { MAINTENANCE_KINDS, MaintenanceJob, MaintenanceKind } from '@bridgecore/contracts';
import { JobReport } from '@bridgecore/runtime';

/** One round of one kind of maintenance. Safe to run again: a job that stalled is. */
export type MaintenanceTask = (job: MaintenanceJob) => Promise<JobReport>;

/** One slot for each kind, so that a long clean-up keeps nothing from its time. */
export const MAINTENANCE_SLOTS = MAINTENANCE_KINDS.length;

/** Hands each job to the task of its kind; a kind that this version does not know is no error. */
export function workMaintenanceJob(
  tasks: Readonly<Partial<Record<MaintenanceKind, MaintenanceTask>>>,
): (job: MaintenanceJob) => Promise<JobReport> {
  return async (job) => {
    const task = Object.hasOwn(tasks, job.kind) ? tasks[job.kind as MaintenanceKind] : undefined;
    if (task === undefined) return { outcome: 'skipped', reason: 'unknown to this version' };
    return task(job);
  };
}
