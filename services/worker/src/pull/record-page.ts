import { bury } from '../dead-letters/bury';
import { record } from '../record/record';
import { advanceCursor } from '../record/store';
import { Tally, tally } from '../record/tally';
import { acknowledge, Unacknowledged } from './acknowledge';
import { ReadPage } from './page';
import { Range, Run, stopIfLost } from './run';

/** What became of a page. */
export interface RecordedPage extends Unacknowledged {
  readonly counts: Tally;
}

/** Commits a page, and then tells Odoo: in this order, a crash in between only makes Odoo offer it again. */
export async function recordPage(run: Run, page: ReadPage, range: Range): Promise<RecordedPage> {
  const started = performance.now();
  const { system, stores, fence, log } = run;
  stopIfLost(run);
  await bury(stores, page.dead, (tx) => advanceCursor(tx, system, { fence, cursor: null }));
  const recorded = await record(system, page.events, stores, { fence, cursor: range.movesCursor ? page.lastId : null });
  run.reset.rows += recorded.filter(({ originIdReused }) => originIdReused).length;
  const acknowledged = await acknowledge(run, page.ids);
  const { unacknowledged } = acknowledged;
  const counts = tally(recorded, page.dead.length === 0 ? {} : { dead: page.dead.length });
  if (page.dead.length > 0) stores.meter?.count(system, 'pull', 'dead', page.dead.length);
  run.meter?.page(system, page.events.length + page.dead.length);
  log.info('pull.page', {
    ...{ system, correlation_id: run.correlationId, outcome: 'done', sweep: !range.movesCursor, rows: page.ids.length },
    ...{ last_id: page.lastId, ...counts, unacknowledged, duration_ms: Math.round(performance.now() - started) },
  });
  return { counts, ...acknowledged };
}
