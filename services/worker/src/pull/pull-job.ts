import { PullJob } from '@bridgecore/contracts';
import { JobReport } from '@bridgecore/runtime';
import { WorkerConfig } from '../config';
import { PullDependencies, PulledSystem, pullRun } from './pull-run';

type Given = Pick<PullDependencies, 'redis' | 'stores' | 'log' | 'isRedacted' | 'ended'> & {
  readonly config: WorkerConfig;
};

/** Works one tick of one system; a system that was removed since the tick is no error. */
export function workPullJob(
  systems: ReadonlyMap<string, PulledSystem>,
  { config, ...given }: Given,
): (job: PullJob) => Promise<JobReport> {
  const dependencies: PullDependencies = {
    ...given,
    lockTtlMs: config.ODOO_SYNC_LOCK_TTL_SECONDS * 1_000,
    runMs: config.ODOO_SYNC_RUN_SECONDS * 1_000,
    sweepEvery: config.ODOO_SYNC_SWEEP_EVERY,
  };
  return async ({ system: id }) => {
    const system = systems.get(id);
    if (system === undefined) return { system: id, outcome: 'skipped', reason: 'this worker does not know the system' };
    return pullRun(system, dependencies);
  };
}
