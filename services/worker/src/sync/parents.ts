import { BridgeError } from '@bridgecore/contracts';
import { OdooRecord, OdooRecords } from '@bridgecore/odoo';
import { FieldPlan } from './field-plan';
import { Item, itemOf, keyOf, references } from './item';
import { Links } from './links';
import { fieldsToRead, Plans } from './plans';
import { Resolver } from './resolver';

/** What finding parents works with. */
export interface ParentDependencies {
  readonly source: OdooRecords;
  readonly links: Links;
  readonly plans: Plans;
  readonly resolver: Resolver;
  readonly batch: number;
}

/**
 * The items with everything that they hold and that the target has not: parents, their parents, and so on. A record is
 * met once, so circles end.
 */
export async function withParents(asked: readonly Item[], given: ParentDependencies): Promise<Item[]> {
  const items = new Map(asked.map((item) => [keyOf(item.plan.model, item.id), item]));
  for (let generation = asked; generation.length > 0;) {
    const next: Item[] = [];
    for (const [model, ids] of await missing(generation, items, given)) {
      const plan = await given.plans.ofParent(model);
      if (plan !== null) next.push(...(await readParents(plan, ids, given)));
    }
    for (const item of next) items.set(keyOf(item.plan.model, item.id), item);
    generation = next;
  }
  return [...items.values()];
}

/** What a generation holds, is not linked and was not met before, by model. */
async function missing(
  generation: readonly Item[],
  met: ReadonlyMap<string, Item>,
  { resolver }: ParentDependencies,
): Promise<Map<string, number[]>> {
  const wanted = new Map<string, Set<number>>();
  for (const { model, id } of generation.flatMap(references)) {
    if (met.has(keyOf(model, id))) continue;
    wanted.set(model, (wanted.get(model) ?? new Set()).add(id));
  }
  const found = new Map<string, number[]>();
  for (const [model, ids] of wanted) {
    await resolver.load(model, ids);
    const unknown = [...ids].filter((id) => resolver.target(model, id) === undefined);
    if (unknown.length > 0)
      found.set(
        model,
        unknown.sort((a, b) => a - b),
      );
  }
  return found;
}

async function readParents(plan: FieldPlan, ids: readonly number[], given: ParentDependencies): Promise<Item[]> {
  const { source, links, batch } = given;
  const items: Item[] = [];
  for (let at = 0; at < ids.length; at += batch) {
    const part = ids.slice(at, at + batch);
    const known = await links.ofSources(plan.model, part);
    for (const record of await readVisible(source, plan, part)) {
      const link = known.get(record.id);
      if (link?.is_deleted !== true) items.push(itemOf(plan, record, link, false));
    }
  }
  return items;
}

/** Sought instead of read: a record that a rule hides from us would make Odoo refuse them all. */
export async function readVisible(source: OdooRecords, plan: FieldPlan, ids: readonly number[]): Promise<OdooRecord[]> {
  const fields = [...fieldsToRead(plan), 'write_date'];
  try {
    return await source.searchRead(plan.model, { domain: [['id', 'in', ids]], fields, order: 'id' });
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'ODOO_REFUSED') return []; // no right to the model: left out
    throw error;
  }
}
