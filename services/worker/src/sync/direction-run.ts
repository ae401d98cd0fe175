import { PoolClient } from 'pg';
import { DataSyncJob, OdooDomain } from '@bridgecore/contracts';

import { FieldPlan } from './field-plan';
import { addPage, emptyResult } from './direction-result';
import { PageDependencies } from './page-context';
import { PageReport } from './page-report';
import { fieldsToRead } from './plans';
import { beginning, Position, ReadPage, readPage, secondOf, shifted } from './reader';
import { DirectionResult, Progress, RunPosition } from './run-store';
import { Stream } from './stream';
import { syncPage } from './sync-page';

/** Where one direction stands; a run that was broken off goes on from it. */
export interface DirectionState {
  readonly position: RunPosition | null;
  readonly progress: Progress;
  readonly result: DirectionResult;
}

/** What one direction of a run works with. */
export interface DirectionDependencies extends PageDependencies {
  readonly job: DataSyncJob;
  readonly overlapSeconds: number;
  readonly readWatermark: (stream: Stream) => Promise<string | null>;
  readonly readRetries: (stream: Stream, after: number) => Promise<number[]>;
  /** The source's own time when the run was begun, in Odoo's spelling: what is written after it is read by the next run again. */
  readonly sourceTime: string;
  /** Keeps where it stands, with what a page has left elsewhere if there was one, and says so. */
  readonly keep: (
    state: DirectionState,
    page: PageReport | null,
    also: (tx: PoolClient) => Promise<void>,
  ) => Promise<void>;
}

/**
 * Everything of one direction: first the records that earlier runs could not do, then what was written since the last
 * run, in the order of its writing. After each page it is kept how far it came.
 */
export async function runDirection(
  plan: FieldPlan,
  given: DirectionDependencies,
  known: DirectionState | null,
): Promise<DirectionState> {
  const stream = new Stream(given.direction, given.job);
  const run = new DirectionRun(plan, stream, given);
  let state = known ?? (await run.begin());
  while (state.position !== null) {
    given.goOn();
    state =
      state.position.stage === 'retries'
        ? await run.retry(state, state.position)
        : await run.page(state, state.position.at);
  }
  return state;
}

class DirectionRun {
  constructor(
    private readonly plan: FieldPlan,
    private readonly stream: Stream,
    private readonly given: DirectionDependencies,
  ) {}

  /** What was read before and has not been written since counts as skipped without being read. */
  async begin(): Promise<DirectionState> {
    const { job, overlapSeconds, sourceTime } = this.given;
    const watermark = await this.given.readWatermark(this.stream);
    const since = watermark === null || job.full ? null : shifted(watermark, -overlapSeconds);
    const total = await this.count([]);
    const unread = since === null ? 0 : await this.count([['write_date', '<', since]]);
    const latest = since === null ? null : watermark;
    const result = { ...emptyResult(this.plan), skipped: unread, latest, until: sourceTime };
    const position: RunPosition = { stage: 'retries', after: 0, since };
    const state = { position, progress: { done: unread, total: Math.max(total, unread) }, result };
    await this.given.keep(state, null, () => Promise.resolve());
    return state;
  }

  /** The next of what earlier runs have left, as far as it is not read anyway. */
  async retry(state: DirectionState, { after, since }: RunPosition & { stage: 'retries' }): Promise<DirectionState> {
    const ids = since === null ? [] : await this.given.readRetries(this.stream, after);
    const last = ids.at(-1);
    if (since === null || last === undefined) return { ...state, position: { stage: 'pages', at: beginning(since) } };
    const domain = [...this.given.job.filters, ['id', 'in', ids]];
    const fields = [...fieldsToRead(this.plan), 'write_date'];
    const { source } = this.given.direction;
    const found = await source.records.searchRead(this.plan.model, { domain, fields, order: 'id' });
    const later = new Set(found.filter((record) => (secondOf(record) ?? '') >= since)); // their page comes
    const records = found.filter((record) => !later.has(record));
    const dated = records.filter((record) => secondOf(record) !== null).length;
    const report = await this.sync(records);
    const result = addPage(state.result, report);
    const next = {
      position: { ...state.position, after: last } as RunPosition,
      progress: state.progress,
      result: { ...result, skipped: Math.max(result.skipped - dated, 0) }, // they were counted as not written since
    };
    const postponed = new Set([...later].map(({ id }) => id));
    const settled = ids.filter((id) => !postponed.has(id)); // those that are gone too
    await this.given.keep(next, report, (tx) => this.noteRetries(tx, settled, report));
    return next;
  }

  async page(state: DirectionState, at: Position): Promise<DirectionState> {
    const read = await readPage(this.readOptions(), at);
    const report = await this.sync(read.records);
    const done = state.progress.done + read.records.length;
    const latest = latestOf(state.result.latest, read.latest);
    const next: DirectionState = {
      position: read.next === null ? null : { stage: 'pages', at: read.next },
      progress: { done, total: Math.max(state.progress.total, done) },
      result: { ...addPage(state.result, report), latest },
    };
    await this.given.keep(next, report, (tx) => this.advance(tx, read, next.result, report));
    return next;
  }

  private async sync(records: ReadPage['records']): Promise<PageReport> {
    const report = new PageReport(this.given.job.model, this.given.isDryRun);
    if (records.length > 0) await syncPage(this.plan, records, this.given, report);
    return report;
  }

  /**
   * What is written while a run goes on may become visible behind it, so the watermark stays before its beginning: the
   * next run reads all that again.
   */
  private async advance(
    tx: PoolClient,
    read: ReadPage,
    { latest, until }: DirectionResult,
    report: PageReport,
  ): Promise<void> {
    await this.noteRetries(
      tx,
      read.records.map(({ id }) => id),
      report,
    );
    const watermark = latest !== null && until !== null && until < latest ? until : latest;
    if (watermark !== null && !this.given.isDryRun) await this.stream.advance(tx, watermark, this.given.job.filters);
  }

  private async noteRetries(tx: PoolClient, ids: readonly number[], report: PageReport): Promise<void> {
    if (this.given.isDryRun) return;
    await this.stream.noteRetries(tx, ids, report);
    await this.given.links.counted(tx, this.plan.model, ids);
  }

  private count(more: OdooDomain): Promise<number> {
    const { source } = this.given.direction;
    return source.records.searchCount(this.plan.model, [...this.given.job.filters, ...more]);
  }

  private readOptions(): Parameters<typeof readPage>[0] {
    const { direction, job, batch } = this.given;
    const { model } = this.plan;
    return {
      records: direction.source.records,
      model,
      filters: job.filters,
      fields: fieldsToRead(this.plan),
      limit: batch,
    };
  }
}

function latestOf(a: string | null, b: string | null): string | null {
  return a === null || (b !== null && b > a) ? b : a;
}
