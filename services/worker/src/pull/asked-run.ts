import { BridgeError, PullJob } from '@bridgecore/contracts';
import { JobReport, Log } from '@bridgecore/runtime';
import { AuditEntry, inAuditedTransaction, writeAudit } from '../record/audit';
import { Stores } from '../record/record';

/** Where it is written down, and where it is told when that cannot be. */
export interface AuditedRun {
  readonly stores: Pick<Stores, 'pool'>;
  readonly log: Log;
}

/** Works a run that somebody asked for, and writes down how it ended: as `pull.done`, `sweep.skipped`, `sweep.failed` and so on. */
export async function audited(job: PullJob, place: AuditedRun, work: () => Promise<JobReport>): Promise<JobReport> {
  try {
    const report = await work();
    const { system: _system, correlation_id: _id, outcome = 'done', ...detail } = report; // the audit has columns for those
    await write(job, place, { outcome: outcome as string, detail });
    return report;
  } catch (error) {
    if (!(error instanceof Error) || comesAgain(error)) throw error;
    await write(job, place, { outcome: 'failed', error: error.message }).catch((failure: unknown) => {
      place.log.warn('pull.not_audited', { system: job.system, error: failure }); // the failure itself is told by the queue
    });
    throw error;
  }
}

/** The queue takes it up again without an attempt lost, so this is not its end. */
function comesAgain(error: Error): boolean {
  return error instanceof BridgeError && (error.code === 'JOB_POSTPONED' || error.code === 'DATABASE_UNAVAILABLE');
}

async function write(
  { system, sweep, key_id, correlation_id }: PullJob,
  { stores }: AuditedRun,
  end: Omit<AuditEntry, 'action'>,
): Promise<void> {
  const action = `${sweep === true ? 'sweep' : 'pull'}.${end.outcome}`;
  const by = { key_id: key_id ?? null, ...(correlation_id === undefined ? {} : { correlation_id }) };
  await inAuditedTransaction(stores.pool, (tx) => writeAudit(tx, [{ action, system, ...by, ...end }]));
}
