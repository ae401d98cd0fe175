import { BridgeError } from '@bridgecore/contracts';
import { bury } from '../dead-letters/bury';
import { record } from '../record/record';
import { advanceCursor } from '../record/store';
import { Tally, tally } from '../record/tally';
import { ReadPage } from './page';
import { Range, Run } from './run';

/** What became of a page. */
export interface RecordedPage {
  readonly counts: Tally;
  readonly acknowledged: boolean;
}

/** Commits a page, and then tells Odoo: in this order, a crash in between only makes Odoo offer it again. */
export async function recordPage(run: Run, page: ReadPage, range: Range): Promise<RecordedPage> {
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
