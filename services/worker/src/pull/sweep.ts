import { endSweep, RunStart } from './cursor';
import { Run } from './run';
import { walk, Walked } from './walk';

/** In every so-many-th run, and after an idle one; more seldom while sweeps meet nothing but what Odoo holds on to. */
export function isSweepDue(start: RunStart, pulled: Walked, sweepEvery: number): boolean {
  if (start.isSweepSlowed && !start.isSweepRested) return false;
  return start.runs % sweepEvery === 0 || (pulled.pages === 0 && start.isSweepRested);
}

/**
 * Looks behind the cursor for rows that Odoo still offers: those whose ids were drawn before and committed after it
 * had passed (`sequence-gap-late-commit`), and those whose acknowledgement was lost. Never raises the cursor; lowers
 * it to the highest id it saw when there was something new, so that a reset database is followed again.
 */
export async function sweep(run: Run, cursor: number): Promise<Walked> {
  const swept = await walk(run, { from: 0, until: cursor, movesCursor: false });
  const { recorded = 0, joined = 0, dead = 0 } = swept.counts;
  run.meter?.swept(run.system, recorded);
  const lowerTo = recorded + joined + dead > 0 ? swept.lastId : null;
  await endSweep(run.stores.pool, run.system, run.fence, { lowerTo, isFruitless: isFruitless(swept) });
  return swept;
}

/** A dead letter that Odoo does not let go comes again and again too, so it is no news. */
function isFruitless({ pages, events, counts, refused }: Walked): boolean {
  const { recorded = 0, joined = 0 } = counts;
  return pages > 0 && recorded + joined === 0 && refused === events;
}
