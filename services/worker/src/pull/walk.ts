import { BridgeError, IsRedacted } from '@bridgecore/contracts';
import { Log } from '@bridgecore/runtime';
import { bury } from '../dead-letters/bury';
import { OdooClient, Page } from '../odoo/odoo-client';
import { record, Stores } from '../record/record';
import { advanceCursor } from '../record/store';
import { Tally, tally } from '../record/tally';
import { readPage, ReadPage } from './page';

/** One run of one system. */
export interface Run {
  readonly system: string;
  readonly odoo: OdooClient;
  readonly stores: Stores;
  readonly log: Log;
  readonly isRedacted: IsRedacted;
  readonly limit: number;
  readonly fence: string;
  readonly correlationId: string;
  /** Aborted when the lock is lost: nothing more is committed. */
  readonly lost: AbortSignal;
  /** When the run has had its time, as `performance.now()` tells it; the page under way is finished. */
  readonly deadline: number;
}

/** From where to where pages are read; a sweep ends at the cursor and does not move it. */
export interface Range {
  readonly from: number;
  readonly until: number;
  readonly movesCursor: boolean;
}

/** What a walk has done. */
export interface Walked {
  readonly pages: number;
  readonly events: number;
  readonly counts: Tally;
  readonly lastId: number;
  /** Rows whose acknowledgement Odoo has not taken; the sweep offers them again. */
  readonly unacknowledged: number;
}

/**
 * Page after page: read, record with the cursor in one transaction, acknowledge after the commit. The next page is
 * read while this one is stored. `has_more` is not trusted: an empty page ends the walk.
 */
export async function walk(run: Run, range: Range): Promise<Walked> {
  let walked: Walked = { pages: 0, events: 0, counts: {}, lastId: range.from, unacknowledged: 0 };
  let page: Page | undefined = await run.odoo.pull(range.from, run.limit);
  while (page !== undefined && page.rows.length > 0) {
    const read = within(readPage(page.rows, arrivalOf(run)), range);
    if (read.events.length + read.dead.length === 0) break;
    const goesOn =
      read.lastId !== null && read.lastId > walked.lastId && page.hasMore && performance.now() < run.deadline;
    const next: NextPage = goesOn ? prefetch(run, read.lastId) : NO_PAGE;
    walked = add(walked, read, await store(run, read, range));
    page = await next();
  }
  return walked;
}

type NextPage = () => Promise<Page | undefined>;

const NO_PAGE: NextPage = () => Promise.resolve(undefined);

/** Starts to read the page now; a failure is told when the page is asked for. */
function prefetch({ odoo, limit }: Run, lastId: number): NextPage {
  const page = odoo.pull(lastId, limit);
  page.catch(() => undefined);
  return () => page;
}

async function store(run: Run, page: ReadPage, range: Range): Promise<{ counts: Tally; acknowledged: boolean }> {
  const started = performance.now();
  const { system, stores, fence, lost, log } = run;
  if (lost.aborted) throw new BridgeError('FENCE_LOST', `The run of ${system} has lost its lock.`);
  await bury(stores.pool, page.dead, (tx) => advanceCursor(tx, system, { fence, cursor: null }));
  const recorded = await record(system, page.events, stores, { fence, cursor: range.movesCursor ? page.lastId : null });
  const acknowledged = await acknowledge(run, page.ids);
  const counts = tally(recorded, page.dead.length === 0 ? {} : { dead: page.dead.length });
  log.info('pull.page', {
    ...{ system, correlation_id: run.correlationId, sweep: !range.movesCursor, rows: page.ids.length },
    ...{ last_id: page.lastId, ...counts, acknowledged, duration_ms: Math.round(performance.now() - started) },
  });
  return { counts, acknowledged };
}

/** Tells Odoo what is stored. That it fails loses nothing: the rows are offered again, and the sweep tells it again. */
async function acknowledge({ odoo, log, system, correlationId }: Run, ids: readonly number[]): Promise<boolean> {
  if (ids.length === 0) return true;
  try {
    await odoo.acknowledge(ids);
    return true;
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    log.warn('pull.not_acknowledged', { system, correlation_id: correlationId, rows: ids.length, error });
    return false;
  }
}

/** A sweep leaves what is beyond the cursor to the pull. */
function within(page: ReadPage, { until }: Range): ReadPage {
  if (page.lastId === null || page.lastId <= until) return page;
  const ids = page.ids.filter((id) => id <= until);
  const isWithin = ({ origin_id }: { readonly origin_id: string | null }): boolean => Number(origin_id) <= until;
  return {
    events: page.events.filter(isWithin),
    dead: page.dead.filter(isWithin),
    ids,
    lastId: ids.length === 0 ? null : Math.max(...ids),
  };
}

function add(walked: Walked, page: ReadPage, stored: { counts: Tally; acknowledged: boolean }): Walked {
  const counts = { ...walked.counts };
  for (const [outcome, count] of Object.entries(stored.counts) as [keyof Tally, number][]) {
    counts[outcome] = (counts[outcome] ?? 0) + count;
  }
  return {
    pages: walked.pages + 1,
    events: walked.events + page.ids.length,
    counts,
    lastId: page.lastId ?? walked.lastId,
    unacknowledged: walked.unacknowledged + (stored.acknowledged ? 0 : page.ids.length),
  };
}

function arrivalOf({ system, correlationId, isRedacted }: Run): Parameters<typeof readPage>[1] {
  const received_at = new Date().toISOString();
  return { system, received_at, correlation_id: correlationId, key_id: null, idempotency_key: null, isRedacted };
}
