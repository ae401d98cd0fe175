import { isTrouble, OdooTrouble, Page } from '@bridgecore/odoo';
import { Tally } from '../record/tally';
import { readPage, ReadPage } from './page';
import { RecordedPage, recordPage } from './record-page';
import { ask, Range, Run } from './run';

/** What a walk has done. */
export interface Walked {
  readonly pages: number;
  readonly events: number;
  readonly counts: Tally;
  readonly lastId: number;
  /** Rows whose acknowledgement Odoo has not taken; the sweep offers them again. */
  readonly unacknowledged: number;
  /** Those among them that Odoo will not let us acknowledge. */
  readonly refused: number;
}

/**
 * Page after page: read, record with the cursor in one transaction, acknowledge after the commit. The next page is
 * read while this one is stored. `has_more` is not trusted: an empty page ends the walk.
 */
export async function walk(run: Run, range: Range): Promise<Walked> {
  let walked: Walked = { pages: 0, events: 0, counts: {}, lastId: range.from, unacknowledged: 0, refused: 0 };
  let page = await nextPage(run, range.from);
  while (page !== undefined && page.rows.length > 0) {
    const read = upTo(range.until, readPage(page.rows, arrivalOf(run)));
    if (read.events.length + read.dead.length === 0) break;
    const goesOn = read.lastId !== null && read.lastId > walked.lastId && page.hasMore && hasTime(run);
    const next = goesOn ? nextPage(run, read.lastId) : NO_PAGE;
    next.catch(() => undefined); // a failure is told when the page is asked for
    walked = add(walked, read, await recordPage(run, read, range));
    page = await next;
  }
  return walked;
}

const NO_PAGE = Promise.resolve(undefined);

function hasTime({ deadline, ended }: Run): boolean {
  return performance.now() < deadline && !ended.aborted;
}

/** No page when the worker is to end: nothing is lost by a page that was not read. */
async function nextPage(run: Run, lastId: number): Promise<Page | undefined> {
  if (isEnding(run)) return undefined;
  try {
    return await ask(run, (odoo, calls) => odoo.pull(lastId, run.limit, calls.pull));
  } catch (error) {
    if (isEnding(run) && isTrouble(error, BROKEN_OFF)) return undefined;
    throw error;
  }
}

/** Asked by a function, since the compiler cannot know that it changes while we wait. */
const isEnding = ({ ended }: Run): boolean => ended.aborted;

const BROKEN_OFF: ReadonlySet<OdooTrouble> = new Set(['aborted']);

/** A sweep leaves what is beyond the cursor to the pull. */
function upTo(until: number, page: ReadPage): ReadPage {
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

function add(walked: Walked, page: ReadPage, recorded: RecordedPage): Walked {
  const counts = { ...walked.counts };
  for (const [outcome, count] of Object.entries(recorded.counts) as [keyof Tally, number][]) {
    counts[outcome] = (counts[outcome] ?? 0) + count;
  }
  return {
    pages: walked.pages + 1,
    events: walked.events + page.ids.length,
    counts,
    lastId: page.lastId ?? walked.lastId,
    unacknowledged: walked.unacknowledged + recorded.unacknowledged,
    refused: walked.refused + recorded.refused,
  };
}

function arrivalOf({ system, correlationId, isRedacted }: Run): Parameters<typeof readPage>[1] {
  const received_at = new Date().toISOString();
  return { system, received_at, correlation_id: correlationId, key_id: null, idempotency_key: null, isRedacted };
}
