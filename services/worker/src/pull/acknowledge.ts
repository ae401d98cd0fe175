import { isTrouble, OdooFailure, OdooTrouble } from '@bridgecore/odoo';
import { ask, Run } from './run';

/** Refusals that may be for a single row of the list; after any other failure Odoo is left alone. */
const FOR_THE_LIST: ReadonlySet<OdooTrouble> = new Set(['failed', 'refused']);

/** How many ids a log line names. */
const NAMED = 10;

/** Rows that Odoo has not taken for processed. */
export interface Unacknowledged {
  readonly unacknowledged: number;
  /** Those among them that it will not take; the others it could not take now. */
  readonly refused: number;
}

/**
 * Tells Odoo what is stored; returns how many rows it has not taken. That loses nothing: they are offered again, and the
 * sweep tells it again. Odoo takes a list as a whole or not at all, so a refused one is halved, level by level, until a
 * whole level below the first is refused: then it is not for single rows.
 */
export async function acknowledge(run: Run, ids: readonly number[]): Promise<Unacknowledged> {
  const waiting = new Set(ids);
  let failure: OdooFailure | undefined;
  let level = ids.length === 0 ? [] : [ids];
  for (let depth = 0; level.length > 0; depth += 1) {
    const refused: (readonly number[])[] = [];
    for (const part of level) {
      const refusal = await offer(run, part);
      if (refusal === null) part.forEach((id) => waiting.delete(id));
      else refused.push(part);
      failure = refusal ?? failure;
      if (refusal !== null && !isTrouble(refusal, FOR_THE_LIST)) {
        return { ...report(run, [...waiting], refusal), refused: 0 };
      }
    }
    if (depth > 0 && refused.length === level.length) break;
    level = refused.flatMap(halves);
  }
  return report(run, [...waiting], failure);
}

async function offer(run: Run, ids: readonly number[]): Promise<OdooFailure | null> {
  try {
    await ask(run, (odoo, calls) => odoo.acknowledge(ids, calls.acknowledge));
    return null;
  } catch (error) {
    if (error instanceof OdooFailure) return error;
    throw error;
  }
}

/** A single row that is refused is not asked for again. */
function halves(ids: readonly number[]): (readonly number[])[] {
  const middle = Math.ceil(ids.length / 2);
  return ids.length === 1 ? [] : [ids.slice(0, middle), ids.slice(middle)];
}

function report({ log, system, correlationId }: Run, ids: readonly number[], error?: OdooFailure): Unacknowledged {
  if (ids.length === 0) return { unacknowledged: 0, refused: 0 };
  const about = { system, correlation_id: correlationId };
  log.warn('pull.not_acknowledged', { ...about, rows: ids.length, ids: ids.slice(0, NAMED), error });
  return { unacknowledged: ids.length, refused: ids.length };
}
