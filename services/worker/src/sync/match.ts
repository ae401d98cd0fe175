import { OdooRecord, OdooRecords } from '@bridgecore/odoo';
import { plain } from './content';
import { CopiedField, FieldPlan } from './field-plan';
import { Item, translateValue } from './item';
import { Links } from './links';
import { Resolver } from './resolver';

/** A record of the target that is this one by its natural key; or more than one, so that nobody can tell. */
export type Match = { readonly target: number } | { readonly ambiguous: string };

/** What matching works with. */
export interface MatchDependencies {
  readonly target: OdooRecords;
  readonly links: Links;
  readonly resolver: Resolver;
}

/**
 * Seeks the counterparts of records that are not linked: by the first natural key that finds one, then by the next. What
 * is linked already is nobody else's counterpart. All items are of one model.
 */
export async function matchByKeys(items: readonly Item[], given: MatchDependencies): Promise<Map<Item, Match>> {
  const matches = new Map<Item, Match>();
  const used = new Set<number>();
  const plan = items[0]?.plan;
  if (plan === undefined) return matches;
  for (const key of plan.settings.naturalKeys) {
    const open = items.filter((item) => !isFound(matches.get(item)));
    const sought = open.flatMap((item) => keyValues(item, key, given.resolver));
    for (const [item, candidates] of await findAll(plan, key, sought, given)) {
      const free = candidates.filter((id) => !used.has(id));
      const [target] = free;
      if (target === undefined) continue;
      if (free.length === 1) used.add(target);
      matches.set(item, free.length === 1 ? { target } : { ambiguous: ambiguous(key, free) }); // the next key may tell
    }
  }
  return matches;
}

function isFound(match: Match | undefined): boolean {
  return match !== undefined && 'target' in match;
}

interface Sought {
  readonly item: Item;
  /** In the target's terms, in the order of the key's fields. */
  readonly values: readonly unknown[];
}

/** The item's key, unless a part of it is empty; an empty relation is a value (the root of a tree). */
function keyValues(item: Item, key: readonly string[], resolver: Resolver): Sought[] {
  const values = key.map((name) => translateValue(fieldOf(item.plan, name), item.record, resolver));
  const isUsable = values.every((value, index) => {
    const isRelation = fieldOf(item.plan, key[index] ?? '').relation !== undefined;
    return value !== undefined && (isRelation || (value !== false && value !== 0));
  });
  return isUsable ? [{ item, values }] : [];
}

/** A key may be of fields that are not copied; of a relation that is not, nobody knows the target's id, and the key does not tell. */
function fieldOf({ fields }: FieldPlan, name: string): Pick<CopiedField, 'name' | 'type' | 'relation'> {
  return fields.find((field) => field.name === name) ?? { name, type: 'char', relation: undefined };
}

async function findAll(
  plan: FieldPlan,
  key: readonly string[],
  sought: readonly Sought[],
  { target, links }: MatchDependencies,
): Promise<[Item, number[]][]> {
  if (sought.length === 0) return [];
  const found = await target.searchRead(plan.model, { domain: domainOf(key, sought), fields: key, order: 'id' });
  const taken = await links.takenTargets(
    plan.model,
    found.map(({ id }) => id),
  );
  const byKey = new Map<string, number[]>();
  for (const record of found) {
    if (taken.has(record.id)) continue;
    const text = textOf(plan, key, record);
    byKey.set(text, [...(byKey.get(text) ?? []), record.id]);
  }
  return sought.map(({ item, values }) => [item, byKey.get(JSON.stringify(values)) ?? []]);
}

function textOf(plan: FieldPlan, key: readonly string[], record: OdooRecord): string {
  return JSON.stringify(key.map((name) => plain(fieldOf(plan, name), record)));
}

/** One condition for a key of one field, else one for each record. */
function domainOf(key: readonly string[], sought: readonly Sought[]): unknown[] {
  const [name] = key;
  if (key.length === 1) return [[name, 'in', [...new Set(sought.map(({ values }) => values[0]))]]];
  const each = sought.map(({ values }) => [
    ...Array<string>(key.length - 1).fill('&'),
    ...key.map((field, index) => [field, '=', values[index]]),
  ]);
  return [...Array<string>(each.length - 1).fill('|'), ...each.flat()];
}

function ambiguous(key: readonly string[], ids: readonly number[]): string {
  return `${ids.length} records of the target have the same ${key.join(' and ')}: ${ids.slice(0, 5).join(', ')}`;
}
