import { endSweep, RunStart } from './cursor';
import { Run } from './run';
import { walk, Walked } from './walk';

/** After an idle run a sweep costs Odoo one empty page, so it may come often; not more than once in this time. */
const IDLE_SWEEP_MS = 60_000;

/** In every so-many-th run, and after an idle one. */
export function isSweepDue({ runs, sweptAt }: RunStart, pulled: Walked, sweepEvery: number): boolean {
  if (runs % sweepEvery === 0) return true;
  return pulled.pages === 0 && (sweptAt === null || Date.now() - sweptAt.getTime() >= IDLE_SWEEP_MS);
}

/**
 * Looks behind the cursor for rows that Odoo still offers: those whose ids were drawn before and committed after it
 * had passed (`sequence-gap-late-commit`), and those whose acknowledgement was lost. Never raises the cursor; lowers
 * it to the highest id it saw when there was something new, so that a reset database is followed again.
 */
export async function sweep(run: Run, cursor: number): Promise<Walked> {
  const swept = await walk(run, { from: 0, until: cursor, movesCursor: false });
  const { recorded = 0, joined = 0, dead = 0 } = swept.counts;
  await endSweep(run.stores.pool, run.system, run.fence, recorded + joined + dead > 0 ? swept.lastId : null);
  return swept;
}
