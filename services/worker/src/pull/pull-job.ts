import { PullJob } from '@bridgecore/contracts';
import { Identified, JobReport } from '@bridgecore/runtime';
import { WorkerConfig } from '../config';
import { audited, comesAgain } from './asked-run';
import { PullDependencies, PulledSystem, pullRun } from './pull-run';

type Given = Pick<PullDependencies, 'redis' | 'stores' | 'log' | 'meter' | 'isRedacted' | 'ended'> & {
  readonly config: WorkerConfig;
};

/** What is in the way of a run that was asked for is waited for so often; a pause is of two seconds. */
function startsOf({ ODOO_SYNC_RUN_SECONDS: run, ODOO_SYNC_LOCK_TTL_SECONDS: ttl }: WorkerConfig): number {
  return Math.ceil((2 * run + ttl) / 2); // a run that sweeps too may take twice its time, and a dead one holds its lock
}

/**
 * Works one tick of one system, or a run that somebody asked for: that one waits for another run to end, and its end is in
 * the audit. A system that was removed since is no error.
 */
export function workPullJob(
  systems: ReadonlyMap<string, PulledSystem>,
  { config, ...given }: Given,
): (job: Identified<PullJob>, attempt?: { readonly starts: number }) => Promise<JobReport> {
  const dependencies: PullDependencies = {
    ...given,
    lockTtlMs: config.ODOO_SYNC_LOCK_TTL_SECONDS * 1_000,
    runMs: config.ODOO_SYNC_RUN_SECONDS * 1_000,
    sweepEvery: config.ODOO_SYNC_SWEEP_EVERY,
  };
  const { meter } = dependencies;
  const work = async (job: Identified<PullJob>, waits: boolean): Promise<JobReport> => {
    const { system: id, sweep = false, correlation_id: correlationId } = job;
    const system = systems.get(id);
    if (system === undefined) return { outcome: 'skipped', reason: 'this worker does not know the system' };
    return pullRun(system, dependencies, { correlationId, sweep, waits });
  };
  const maxStarts = startsOf(config);
  return async (job, { starts } = { starts: 1 }) => {
    const isAsked = job.key_id !== undefined || job.sweep === true;
    try {
      const report = await (isAsked ? audited(job, given, () => work(job, starts < maxStarts)) : work(job, false));
      meter?.run(job.system, report['outcome'] ?? 'done');
      return report;
    } catch (error) {
      meter?.run(job.system, comesAgain(error) ? 'postponed' : 'failed');
      throw error;
    }
  };
}
