import { FieldPlan } from './field-plan';
import { LeftOutCount, leftOutOf, PageReport } from './page-report';
import { DirectionResult } from './run-store';

/** Nothing is done yet; what is not copied at all is known already. */
export function emptyResult(plan: FieldPlan): DirectionResult {
  const counts = { created: 0, updated: 0, skipped: 0, failed: 0, conflicts: 0 };
  return { ...counts, parents: {}, left_out: leftOutOf(plan), latest: null, until: null };
}

/** The result with what a page has come to. */
export function addPage(result: DirectionResult, { counts, parents, leftOut }: PageReport): DirectionResult {
  const summed = { ...counts };
  for (const name of Object.keys(counts) as (keyof typeof counts)[]) summed[name] += result[name];
  const brought = { ...result.parents };
  for (const [model, { created, updated }] of parents) {
    const before = brought[model] ?? { created: 0, updated: 0 };
    brought[model] = { created: before.created + created, updated: before.updated + updated };
  }
  return { ...result, ...summed, parents: brought, left_out: mergeLeftOut(result.left_out, [...leftOut.values()]) };
}

function mergeLeftOut(known: readonly LeftOutCount[], more: readonly LeftOutCount[]): LeftOutCount[] {
  const merged = new Map(known.map((entry) => [`${entry.model}.${entry.field}`, entry]));
  for (const entry of more) {
    const key = `${entry.model}.${entry.field}`;
    merged.set(key, { ...entry, records: (merged.get(key)?.records ?? 0) + entry.records });
  }
  return [...merged.values()];
}
