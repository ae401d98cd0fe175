import { PullJob } from '@bridgecore/contracts';
import { Identified, JobReport } from '@bridgecore/runtime';
import { WorkerConfig } from '../config';
import { PullDependencies, PulledSystem, pullRun } from './pull-run';

type Given = Pick<PullDependencies, 'redis' | 'stores' | 'log' | 'meter' | 'isRedacted' | 'ended'> & {
  readonly config: WorkerConfig;
};

/** Works one tick of one system; a system that was removed since the tick is no error. */
export function workPullJob(
  systems: ReadonlyMap<string, PulledSystem>,
  { config, ...given }: Given,
): (job: Identified<PullJob>) => Promise<JobReport> {
  const dependencies: PullDependencies = {
    ...given,
    lockTtlMs: config.ODOO_SYNC_LOCK_TTL_SECONDS * 1_000,
    runMs: config.ODOO_SYNC_RUN_SECONDS * 1_000,
    sweepEvery: config.ODOO_SYNC_SWEEP_EVERY,
  };
  const { meter } = dependencies;
  return async (job) => {
    try {
      const report = await workOne(job, systems, dependencies);
      meter?.run(job.system, report['outcome'] ?? 'done');
      return report;
    } catch (error) {
      meter?.run(job.system, 'failed');
      throw error;
    }
  };
}

async function workOne(
  { system: id, correlation_id }: Identified<PullJob>,
  systems: ReadonlyMap<string, PulledSystem>,
  dependencies: PullDependencies,
): Promise<JobReport> {
  const system = systems.get(id);
  if (system === undefined) return { outcome: 'skipped', reason: 'this worker does not know the system' };
  return pullRun(system, dependencies, correlation_id);
}
