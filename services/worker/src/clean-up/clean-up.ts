import { randomUUID } from 'node:crypto';
import { Pool, PoolClient } from 'pg';
import { MaintenanceJob } from '@bridgecore/contracts';
import { JobReport, Log } from '@bridgecore/runtime';
import { MaintenanceTask } from '../maintenance/maintenance-job';
import { ensureAuditPartitions, inAuditedTransaction, writeAudit } from '../record/audit';
import { dropMonths, Months } from './audit-months';
import { deleteRemainder } from './audit-remainder';
import { Kind, Round } from './chunks';
import { withCleaner } from './cleaner';
import { RetentionConfig } from './retention-config';
import { deleteUnsendable } from './deliveries';
import { RETENTIONS } from './retentions';

/** What the clean-up works with. */
export interface CleanUpDependencies {
  readonly config: Readonly<RetentionConfig>;
  readonly databaseUrl: string;
  readonly pool: Pool;
  readonly log: Log;
  readonly ended: AbortSignal;
  /** Told of every row that is gone. */
  readonly count: (kind: Kind, rows: number) => void;
}

/**
 * One round: what is kept for too long goes, the audit last, since it tells of the rest. Each step is committed by
 * itself and looks for its work in the tables, so that whatever a round leaves, by its end or its death, the next finds.
 * When the worker is to end, that is another worker's at once.
 */
export function cleanUp(given: CleanUpDependencies): MaintenanceTask {
  return async (job) => {
    const report = await withCleaner(given, (cleaner) => runRound(cleaner, job, given));
    return report ?? { outcome: 'skipped', reason: 'another round is under way' };
  };
}

async function runRound(cleaner: PoolClient, job: MaintenanceJob, given: CleanUpDependencies): Promise<JobReport> {
  const { pool, ended, count } = given;
  const deleted: Partial<Record<Kind, number>> = {};
  const took = (kind: Kind, rows: number): void => {
    deleted[kind] = (deleted[kind] ?? 0) + rows;
    if (rows > 0) count(kind, rows);
  };
  const months: Months = { dropped: [], waiting: [] };
  let outcome = 'done';
  try {
    await ensureAuditPartitions(pool);
    await removeOld({ ...given, cleaner, took }, given.config, months);
  } catch (error) {
    if (!ended.aborted) throw error;
    outcome = 'interrupted';
  }
  const correlation_id = job.correlation_id ?? randomUUID();
  const report = { deleted, dropped: months.dropped, waiting: months.waiting };
  await inAuditedTransaction(pool, (tx) =>
    writeAudit(tx, [{ action: 'clean_up.done', outcome, key_id: job.key_id, correlation_id, detail: report }]),
  );
  return { outcome, correlation_id, ...report };
}

/** What nobody is sent any more has no age, and no longer holds its events: it goes first. */
async function removeOld(round: Round, config: Readonly<RetentionConfig>, months: Months): Promise<void> {
  await deleteUnsendable(round);
  for (const { setting, apply } of RETENTIONS) {
    if (config[setting] > 0) await apply(round, await cutoffOf(round, config[setting]));
  }
  if (config.AUDIT_RETENTION_DAYS === 0) return;
  round.took('audit_logs', 0);
  const cutoff = await cutoffOf(round, config.AUDIT_RETENTION_DAYS);
  await dropMonths(round, cutoff, months);
  await deleteRemainder(round, cutoff);
}

/** By PostgreSQL's clock, by which the rows are dated; in hours, for a day of its time zone may have 23 or 25. */
async function cutoffOf({ cleaner }: Round, days: number): Promise<Date> {
  const { rows } = await cleaner.query<{ cutoff: Date }>('select now() - make_interval(hours => 24 * $1) as cutoff', [
    days,
  ]);
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL has not told the time');
  return row.cutoff;
}
