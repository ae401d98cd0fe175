import { CopiedField } from './field-plan';
import { Item, keyOf, references } from './item';

/** Items that can be written together, and what must be written later because it goes round in a circle. */
export interface Wave {
  readonly items: readonly Item[];
  /** Relations that are left empty for now. */
  readonly postponed: ReadonlyMap<Item, ReadonlySet<CopiedField>>;
}

/**
 * Orders items so that each comes after what its relations hold. Where that goes round in a circle, one item is written
 * without the relation that closes it.
 */
export function* inWaves(items: readonly Item[]): Generator<Wave> {
  const pending = new Map(items.map((item) => [keyOf(item.plan.model, item.id), item]));
  while (pending.size > 0) {
    const ready = [...pending.values()].filter((item) => awaited(item, pending).length === 0);
    const wave = ready.length > 0 ? { items: ready, postponed: NOTHING } : breakCircle(pending);
    for (const { plan, id } of wave.items) pending.delete(keyOf(plan.model, id));
    yield wave;
  }
}

const NOTHING: ReadonlyMap<Item, ReadonlySet<CopiedField>> = new Map();

function awaited(item: Item, pending: ReadonlyMap<string, Item>): CopiedField[] {
  return references(item)
    .filter(({ model, id }) => pending.has(keyOf(model, id)))
    .map(({ field }) => field);
}

/** The item with the fewest relations to wait for; the first of them, so that it is always the same. */
function breakCircle(pending: ReadonlyMap<string, Item>): Wave {
  const waiting = [...pending.values()].map((item) => ({ item, fields: new Set(awaited(item, pending)) }));
  const { item, fields } = waiting.reduce((best, next) => (next.fields.size < best.fields.size ? next : best));
  return { items: [item], postponed: new Map([[item, fields]]) };
}
