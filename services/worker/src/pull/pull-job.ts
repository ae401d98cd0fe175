import { randomUUID } from 'node:crypto';
import { PullJob } from '@bridgecore/contracts';
import { JobReport } from '@bridgecore/runtime';
import { WorkerConfig } from '../config';
import { audited } from './asked-run';
import { PullDependencies, PulledSystem, pullRun } from './pull-run';

type Given = Pick<PullDependencies, 'redis' | 'stores' | 'log' | 'isRedacted' | 'ended'> & {
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
): (job: PullJob, attempt?: { readonly starts: number }) => Promise<JobReport> {
  const dependencies: PullDependencies = {
    ...given,
    lockTtlMs: config.ODOO_SYNC_LOCK_TTL_SECONDS * 1_000,
    runMs: config.ODOO_SYNC_RUN_SECONDS * 1_000,
    sweepEvery: config.ODOO_SYNC_SWEEP_EVERY,
  };
  const work = async ({ system: id, sweep = false, correlation_id }: PullJob, waits: boolean): Promise<JobReport> => {
    const system = systems.get(id);
    if (system === undefined) return { system: id, outcome: 'skipped', reason: 'this worker does not know the system' };
    return pullRun(system, dependencies, { correlationId: correlation_id ?? randomUUID(), sweep, waits });
  };
  const maxStarts = startsOf(config);
  return (job, { starts } = { starts: 1 }) => {
    if (job.key_id === undefined && job.sweep !== true) return work(job, false);
    return audited(job, given, () => work(job, starts < maxStarts));
  };
}
