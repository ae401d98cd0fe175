import { Redis } from 'ioredis';
import { Pool, PoolClient } from 'pg';
import { BridgeError, DataSyncJob, digest, IsRedacted, SyncModels } from '@bridgecore/contracts';
import { JobReport, Log, withLock } from '@bridgecore/runtime';
import { OpenOdoo, OpenRpc } from '../odoo/open-rpc';
import { inAuditedTransaction, writeAudit } from '../record/audit';
import { Direction, directionOf, Side } from './direction';
import { DirectionDependencies, DirectionState, runDirection } from './direction-run';
import { dryLinks, DryNotes, noNotes } from './dry-links';
import { Fence, raiseFence } from './fence';
import { finishBegun } from './finish-begun';
import { PageDependencies } from './page-context';
import { PageCounts, PageReport } from './page-report';
import { PgLinks } from './pg-links';
import { Plans } from './plans';
import { beginRun, DirectionResult, endRun, keepRun, RunResult, RunState } from './run-store';

/** What every run works with. */
export interface SyncDependencies {
  readonly pool: Pool;
  readonly redis: Redis;
  readonly log: Log;
  readonly models: SyncModels;
  readonly isRedacted: IsRedacted;
  readonly batch: number;
  readonly overlapSeconds: number;
  readonly lockTtlMs: number;
  /** Told what each page has come to, for the metrics. */
  readonly count: (from: string, to: string, counts: PageCounts) => void;
  /** Aborted when the worker is to end. */
  readonly ended: AbortSignal;
}

/** Both Odoos of a run, as they are opened. */
export interface SyncSystems {
  readonly source: OpenOdoo;
  readonly target: OpenOdoo;
}

/** What an attempt has come to, also when it is broken off: pages done, and how many records it took together. */
export interface Attempt {
  pages: number;
  batch: number;
  /** When the page under way was begun, as `performance.now()` tells it. */
  pageBegan: number;
}

/**
 * One run: forward, and when it was asked for back again, under the lock of the two systems. The lock keeps a second run
 * from doing the same; what keeps a late one from harm is the fence, which every write to PostgreSQL holds, also the one
 * that precedes each write to Odoo. Killed anywhere, the next attempt goes on after the last page that was kept, and does
 * again what was begun since: Odoo knows what it has created by an external id that is made of the source's.
 */
export async function syncRun(
  job: DataSyncJob,
  systems: SyncSystems,
  dependencies: SyncDependencies,
  attempt: Attempt,
): Promise<JobReport> {
  const pair = [job.source_system_id, job.target_system_id].sort();
  let report: JobReport = {};
  const isMine = await withLock(
    dependencies.redis,
    `sync:lock:${pair.join(':')}`,
    dependencies.lockTtlMs,
    async (lost) => {
      const fence = await raiseFence(dependencies.pool, pair, lost);
      report = await runLocked(job, systems, dependencies, { fence, attempt });
    },
  );
  if (isMine) return report;
  throw postponed(`another run syncs ${pair.join(' and ')}`, 5);
}

/** Not now, and no attempt lost. */
export function postponed(reason: string, retryAfterSeconds: number): BridgeError {
  return new BridgeError('JOB_POSTPONED', reason, { retryAfterSeconds });
}

interface Held {
  readonly fence: Fence;
  readonly attempt: Attempt;
}

async function runLocked(
  job: DataSyncJob,
  systems: SyncSystems,
  given: SyncDependencies,
  { fence, attempt }: Held,
): Promise<JobReport> {
  const { pool, ended } = given;
  const begun = await beginRun(pool, job);
  if (begun.isDone) return { outcome: 'done', reason: 'it was done before' };
  const sides = await openBoth(job, systems, given, AbortSignal.any([fence.lost, ended]));
  const directions = (['forward', 'reverse'] as const).map((name) => directionOf(name, sides, job.conflicts));
  const notes = noNotes();
  const batch = Math.min(given.batch, begun.batch ?? given.batch);
  attempt.batch = batch;
  attempt.pageBegan = performance.now();
  const common = { job, given, fence, notes, batch };
  if (!job.dry_run) for (const direction of directions) await finishBegun(pageDependencies({ ...common, direction }));
  let result = begun.result;
  for (const direction of directions.slice(begun.direction === 'forward' ? 0 : 1, job.bidirectional ? 2 : 1)) {
    const { name } = direction;
    const known = name === begun.direction ? knownState(begun, result[name]) : null;
    result = { ...result, [name]: await oneDirection({ ...common, direction, attempt, result }, known) };
  }
  await endRun(pool, fence, job.id, (tx) => audit(tx, job, { action: 'data_sync.done', outcome: 'done', result }));
  return { ...summary(result.forward), ...(result.reverse === undefined ? {} : { reverse: summary(result.reverse) }) };
}

function knownState({ position, progress }: RunState, result: DirectionResult | undefined): DirectionState | null {
  return result === undefined ? null : { position, progress, result };
}

async function openBoth(
  { source_system_id, target_system_id }: DataSyncJob,
  systems: SyncSystems,
  { redis, log }: SyncDependencies,
  signal: AbortSignal,
): Promise<readonly [Side, Side]> {
  const open = async (system: string, odoo: OpenOdoo): Promise<Side> => {
    const { records, uid, time }: OpenRpc = await odoo({ pause: { redis, system, log }, signal });
    return { system, records, uid, time };
  };
  return Promise.all([open(source_system_id, systems.source), open(target_system_id, systems.target)]);
}

/** One direction of a run. */
interface OneWay {
  readonly job: DataSyncJob;
  readonly direction: Direction;
  readonly given: SyncDependencies;
  readonly fence: Fence;
  readonly notes: DryNotes;
  readonly batch: number;
}

interface OneRun extends OneWay, Held {
  readonly result: RunResult;
}

async function oneDirection(run: OneRun, known: DirectionState | null): Promise<DirectionResult> {
  const { job, given } = run;
  const page = pageDependencies(run);
  const plan = await page.plans.ofAsked(job.model);
  const dependencies: DirectionDependencies = {
    ...{ ...page, job, overlapSeconds: given.overlapSeconds },
    sourceTime: run.direction.source.time,
    readWatermark: (stream) => stream.watermark(given.pool),
    readRetries: (stream, after) => stream.retries(given.pool, after, run.batch),
    keep: (state, report, also) => keepPage(run, state, report, also),
  };
  const state = await runDirection(plan, dependencies, known);
  if (job.dry_run) return state.result;
  const parents = await page.links.broughtAlong();
  const done = { ...state, result: { ...state.result, parents } };
  await keepPage(run, done, null, () => Promise.resolve());
  return done.result;
}

function pageDependencies({ job, direction, given, fence, notes, batch }: OneWay): PageDependencies {
  // What was written on the way there is no writing of the way back.
  const runId = direction.name === 'forward' ? job.id : digest(job.id, direction.name);
  const scope = { source: direction.source.system, target: direction.target.system, fence, runId };
  const links = new PgLinks(given.pool, scope);
  return {
    ...{
      direction,
      runId,
      isDryRun: job.dry_run,
      batch,
      plans: new Plans(direction, { ...given, isBidirectional: job.bidirectional }),
    },
    links: job.dry_run ? dryLinks(links, direction.name, notes) : links,
    goOn: () => {
      if (given.ended.aborted) throw postponed('the worker ends', 1);
      if (fence.lost.aborted) throw postponed('the lock is lost', 1);
    },
  };
}

async function keepPage(
  { job, direction, given, fence, result, attempt }: OneRun,
  state: DirectionState,
  page: PageReport | null,
  also: (tx: PoolClient) => Promise<void>,
): Promise<void> {
  const stands = { ...state, direction: direction.name, entries: page?.entries ?? [] };
  await keepRun(given.pool, fence, job.id, { ...stands, result: { ...result, [direction.name]: state.result } }, also);
  if (page === null) return;
  attempt.pages += 1;
  const ms = Math.round(performance.now() - attempt.pageBegan);
  attempt.pageBegan = performance.now();
  const [from, to] = [direction.source.system, direction.target.system];
  if (Object.values(page.counts).every((count) => count === 0)) return; // nothing was read
  if (!job.dry_run) given.count(from, to, page.counts);
  const { model, correlation_id, key_id, id: run_id } = job;
  const about = { source: from, target: to, model, key_id, correlation_id, run_id };
  const how = { outcome: 'done', direction: direction.name, dry_run: job.dry_run };
  given.log.info('sync.page', { ...about, ...how, ...state.progress, ...page.counts, duration_ms: ms });
}

/** One line of the audit about a run: who asked for what, and what came of it. */
export async function auditRun(pool: Pool, job: DataSyncJob, line: AuditLine): Promise<void> {
  await inAuditedTransaction(pool, (tx) => audit(tx, job, line));
}

interface AuditLine {
  readonly action: string;
  readonly outcome: string;
  readonly error?: string;
  readonly result?: RunResult;
}

function audit(tx: PoolClient, job: DataSyncJob, { result, ...line }: AuditLine): Promise<void> {
  const { id, source_system_id, target_system_id, model, key_id, correlation_id, user_id, dry_run } = job;
  const counts = result === undefined ? {} : { forward: summary(result.forward), reverse: summary(result.reverse) };
  const detail = { run_id: id, target_system_id, user_id, dry_run, ...counts };
  return writeAudit(tx, [{ ...line, key_id, system: source_system_id, model, correlation_id, detail }]);
}

function summary(result: DirectionResult | undefined): Partial<PageCounts> {
  if (result === undefined) return {};
  const { created, updated, skipped, failed, conflicts } = result;
  return { created, updated, skipped, failed, conflicts };
}
