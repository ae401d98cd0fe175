import { BridgeError, DataSyncJob } from '@bridgecore/contracts';
import { inTransaction } from '@bridgecore/database';
import { isTrouble, OdooTrouble } from '@bridgecore/odoo';
import { JobReport } from '@bridgecore/runtime';
import { pausedUntil } from '../odoo/pause';
import { ConnectedSystem } from '../odoo/pulled-systems';
import { OpenOdoo } from '../odoo/open-rpc';
import { beginRun, noteTrouble, Trouble } from './run-store';
import { Attempt, auditRun, postponed, SyncDependencies, syncRun, SyncSystems } from './sync-run';

/** What is known of the declared systems, as far as a sync needs it. */
export type SyncableSystems = ReadonlyMap<string, Pick<ConnectedSystem, 'rpc'>>;

/**
 * Works one job of `data-sync`. What is away costs an attempt only when nothing was done since the last one; what cannot
 * be done as it is set up or asked for ends the run, and says why.
 */
export function workSyncJob(
  systems: SyncableSystems,
  dependencies: SyncDependencies,
): (job: DataSyncJob, attempt?: { readonly isLast: boolean }) => Promise<JobReport> {
  return async (job, { isLast } = { isLast: false }) => {
    const attempt: Attempt = { pages: 0, batch: 1, pageBegan: performance.now() }; // until it is known
    try {
      await waitForBoth(job, dependencies);
      return await syncRun(job, bothOf(job, systems), dependencies, attempt);
    } catch (error) {
      throw await settleTrouble(error, job, dependencies, { ...attempt, isLast });
    }
  };
}

/** By which ids a run is found in the logs. */
export function aboutSyncJob(job: DataSyncJob): JobReport {
  const { source_system_id: source, target_system_id: target, model, key_id, correlation_id } = job;
  return { source, target, model, key_id, correlation_id, dry_run: job.dry_run };
}

async function waitForBoth(job: DataSyncJob, { redis }: SyncDependencies): Promise<void> {
  for (const system of [job.source_system_id, job.target_system_id]) {
    const until = await pausedUntil({ redis, system });
    if (until === null) continue;
    const seconds = Math.ceil((Date.parse(until) - Date.now()) / 1_000);
    throw postponed(`${system} asked to be left alone until ${until}`, Math.max(seconds, 1));
  }
}

function bothOf({ source_system_id, target_system_id }: DataSyncJob, systems: SyncableSystems): SyncSystems {
  const find = (id: string): OpenOdoo => {
    const system = systems.get(id);
    if (system === undefined)
      throw impossible(`There is no system "${id}" here; there are ${[...systems.keys()].join(', ')}.`);
    if (system.rpc !== undefined) return system.rpc;
    throw impossible(`"${id}" has no credentials for RPC: give it db, username and api_key in SYSTEMS_FILE.`);
  };
  return { source: find(source_system_id), target: find(target_system_id) };
}

function impossible(message: string): BridgeError {
  return new BridgeError('SYNC_IMPOSSIBLE', message);
}

const BROKEN_OFF: ReadonlySet<OdooTrouble> = new Set(['aborted']);

/** A list of records took Odoo too long: it is left alone for so long, and then asked for half as many. */
const LATE: ReadonlySet<OdooTrouble> = new Set(['timeout']);
const LATE_SECONDS = 30;

/** What the queue is told of a trouble, after it was noted with the run. */
async function settleTrouble(
  error: unknown,
  job: DataSyncJob,
  { pool, ended, log }: SyncDependencies,
  { pages, batch, isLast }: Attempt & { readonly isLast: boolean },
): Promise<unknown> {
  if (!(error instanceof Error)) return error;
  if (isTrouble(error, BROKEN_OFF)) return postponed(ended.aborted ? 'the worker ends' : 'the lock is lost', 1);
  const code = error instanceof BridgeError ? error.code : undefined;
  if (code === 'JOB_POSTPONED' || code === 'DATABASE_UNAVAILABLE') return error;
  if (code === 'FENCE_LOST') return postponed(error.message, 5);

  const isLate = isTrouble(error, LATE) && batch > 1;
  const isPermanent = error instanceof BridgeError && !error.retry;
  const isFinal = isPermanent || (isLast && pages === 0 && !isLate);
  const trouble = { isFinal, error: error.message, batch: isLate ? Math.floor(batch / 2) : null };
  await note(job, trouble, pool).catch((failure: unknown) => {
    log.warn('sync.not_noted', { run_id: job.id, error: failure });
  });
  if (isLate) return postponed(error.message, LATE_SECONDS);
  return isFinal || pages === 0 ? error : postponed(error.message, 5);
}

async function note(job: DataSyncJob, trouble: Trouble, pool: SyncDependencies['pool']): Promise<void> {
  if (trouble.isFinal) await beginRun(pool, job); // it may have failed before it had begun
  await inTransaction(pool, (tx) => noteTrouble(tx, job.id, trouble));
  if (!trouble.isFinal) return;
  await auditRun(pool, job, { action: 'data_sync.failed', outcome: 'failed', error: trouble.error });
}
