import { BridgeError } from '@bridgecore/contracts';
import { copiesAmong, copiesOf } from './external-ids';
import { FieldPlan } from './field-plan';
import { Item } from './item';
import { Match, matchByKeys } from './match';
import { PageContext, Pair } from './page-context';

/** Items with their counterparts, and those that have none. */
export interface PairedUp {
  readonly pairs: Pair[];
  readonly missing: Item[];
}

/**
 * Finds each item's counterpart: by its link; by the external id under which it was begun to be created, or was itself
 * created from the other side, whoever noted that or did not; by its natural keys. All are of the plan's model.
 */
export async function pairUp(plan: FieldPlan, items: readonly Item[], page: PageContext): Promise<PairedUp> {
  const linked = items.filter(({ link }) => (link?.target_id ?? null) !== null);
  const begun = items.filter(({ link }) => link?.target_id === null);
  const unknown = items.filter(({ link }) => link === undefined);
  const created = await findBegun(plan, begun, page);
  const originals = await findOriginals(plan, unknown, page);
  const sought = unknown.filter((item) => !originals.has(item));
  const matches = await findByKeys(plan, sought, page);
  if (matches === null) return { pairs: [], missing: [] };

  const pairs: Pair[] = linked.map((item) => ({ item, targetId: item.link?.target_id ?? 0 }));
  const missing: Item[] = [];
  for (const item of [...begun, ...unknown]) {
    const targetId = created.get(item) ?? originals.get(item);
    const match = targetId === undefined ? matches.get(item) : { target: targetId };
    if (match === undefined) missing.push(item);
    else if ('ambiguous' in match) page.fail(item, 'AMBIGUOUS_MATCH', match.ambiguous);
    else pairs.push({ item, targetId: match.target, isCreated: created.has(item) });
  }
  return { pairs, missing };
}

/** What was begun to be created and was: it is compared, since somebody may have written it meanwhile. */
async function findBegun(plan: FieldPlan, begun: readonly Item[], { given }: PageContext): Promise<Map<Item, number>> {
  if (begun.length === 0) return new Map();
  const { source, target } = given.direction;
  const scope = { system: source.system, model: plan.model };
  const copies = await copiesOf(
    target.records,
    scope,
    begun.map(({ id }) => id),
  );
  const byOriginal = new Map([...(copies ?? [])].map(([copy, original]) => [original, copy]));
  return new Map(
    begun.flatMap((item) => {
      const copy = byOriginal.get(item.id);
      return copy === undefined ? [] : [[item, copy] as const];
    }),
  );
}

/** What we have created from a record of the target is that record's counterpart, and not something new. */
async function findOriginals(
  plan: FieldPlan,
  unknown: readonly Item[],
  { given }: PageContext,
): Promise<Map<Item, number>> {
  if (unknown.length === 0 || !plan.settings.isWritten) return new Map();
  const { source, target } = given.direction;
  const scope = { system: target.system, model: plan.model };
  const copies = await copiesAmong(
    source.records,
    scope,
    unknown.map(({ id }) => id),
  );
  const found = new Map<Item, number>();
  for (const item of unknown) {
    const original = copies?.get(item.id);
    if (original !== undefined) found.set(item, original);
  }
  const entries = [...found].map(([{ id }, original]) => ({ source_id: id, target_id: original }));
  if (entries.length > 0) await given.links.adopt(plan.model, entries);
  return found;
}

/** Null: the target does not let us look for parents, so they are left out. */
async function findByKeys(
  plan: FieldPlan,
  items: readonly Item[],
  page: PageContext,
): Promise<ReadonlyMap<Item, Match> | null> {
  const { links, plans, direction } = page.given;
  try {
    return await matchByKeys(items, { links, target: direction.target.records, resolver: page.resolver });
  } catch (error) {
    const isRefused = error instanceof BridgeError && error.code === 'ODOO_REFUSED';
    if (!isRefused || items.some(({ isAsked }) => isAsked)) throw error;
    plans.block(plan.model, error.message);
    return null;
  }
}
