import { OdooRecord } from '@bridgecore/odoo';
import { compare } from './compare';
import { CopiedField, FieldPlan } from './field-plan';
import { isUnchanged, Item, itemOf, references, translate } from './item';
import { DELETED, PageContext, PageDependencies, Pair } from './page-context';
import { PageReport } from './page-report';
import { pairUp } from './pair-up';
import { withParents } from './parents';
import { inWaves, Wave } from './waves';
import { createAll, Creation, Refused } from './write';

/** Brings one page of the source's records to the target; parents come before those who belong to them. */
export async function syncPage(
  plan: FieldPlan,
  records: readonly OdooRecord[],
  given: PageDependencies,
  report: PageReport,
): Promise<void> {
  const page = new PageContext(given, report);
  const { direction, links, plans, batch, goOn } = given;
  const known = await links.ofSources(
    plan.model,
    records.map(({ id }) => id),
  );
  const items = records.map((record) => itemOf(plan, record, known.get(record.id), true));
  const open = items.filter((item) => !isDone(item, page));
  const parents = { source: direction.source.records, links, plans, batch, resolver: page.resolver };
  const again: Item[] = [];
  for (const wave of inWaves(await withParents(open, parents))) {
    goOn();
    const able = wave.items.filter((item) => !failsWithParent(item, page));
    for (const [own, group] of byPlan(able)) again.push(...(await syncGroup(own, group, wave.postponed, page)));
  }
  if (given.isDryRun) return;
  for (const [own, group] of byPlan(again)) await compare(own, await linked(own, group, page), page);
}

/** What went round in a circle, with what is known of it now. */
async function linked(plan: FieldPlan, items: readonly Item[], { given }: PageContext): Promise<Pair[]> {
  const links = await given.links.ofSources(
    plan.model,
    items.map(({ id }) => id),
  );
  return items.flatMap((item) => pairOf({ ...item, link: links.get(item.id) }));
}

function pairOf(item: Item): Pair[] {
  const targetId = item.link?.target_id ?? null;
  return targetId === null ? [] : [{ item, targetId }];
}

/** Nothing to do; what this very run has written earlier, as somebody's parent or before a crash, counts as that. */
function isDone(item: Item, page: PageContext): boolean {
  if (item.link?.is_deleted === true) {
    page.report.tell(item, 'skip', { code: 'TARGET_DELETED', message: DELETED });
    return true;
  }
  if (!isUnchanged(item)) return false;
  if (!page.isCounted(item)) page.report.tell(item, page.earlier(item) ?? 'skip');
  return true;
}

function failsWithParent(item: Item, page: PageContext): boolean {
  for (const { field, model, id } of references(item)) {
    const reason = page.whyMissing(model, id);
    if (reason === undefined) continue;
    page.fail(item, 'PARENT_FAILED', `${field.name}: ${model} ${id} could not be synced: ${reason}`);
    return true;
  }
  return false;
}

/** Finds each item's counterpart; compares those that have one, creates those that have none. Returns what goes round in a circle. */
async function syncGroup(
  plan: FieldPlan,
  items: readonly Item[],
  postponed: Wave['postponed'],
  page: PageContext,
): Promise<Item[]> {
  const { pairs, missing } = await pairUp(plan, items, page);
  for (const { item, targetId } of pairs) page.resolver.add(plan.model, item.id, targetId);
  if (!plan.settings.isWritten) {
    await linkOnly(plan, pairs, missing, page);
    return [];
  }
  await compare(
    plan,
    pairs.map((pair) => ({ ...pair, postponed: postponed.get(pair.item) })),
    page,
  );
  await create(plan, missing, postponed, page);
  return items.filter((item) => postponed.has(item) && page.settled.has(item) && !page.isRefused({ item }));
}

/** Of a model that is only sought: what was found is linked, and never compared. */
async function linkOnly(
  plan: FieldPlan,
  pairs: readonly Pair[],
  missing: readonly Item[],
  page: PageContext,
): Promise<void> {
  const nothing = { source_fields: {}, target_fields: {}, outcome: null };
  const settled = pairs.map(({ item, targetId }) => ({ source_id: item.id, target_id: targetId, ...nothing }));
  if (settled.length > 0) await page.given.links.settle(plan.model, settled);
  for (const { item, targetId } of pairs) page.report.tell(item, 'skip', { target: targetId });
  for (const item of missing.filter(({ isAsked }) => isAsked)) page.fail(item, 'NO_MATCH', NO_MATCH);
}

const NO_MATCH = 'records of its model are only sought, and the target has none with its key';

async function create(
  plan: FieldPlan,
  items: readonly Item[],
  postponed: Wave['postponed'],
  page: PageContext,
): Promise<void> {
  const creations = items.map((item) => creationOf(item, postponed.get(item), page));
  const made = await (page.given.isDryRun ? pretend : createAll)(plan, creations, page.given);
  await page.tellRefused(made.refused);
  for (const { item, values } of creations) {
    const targetId = made.ids.get(item);
    if (targetId === undefined) continue;
    page.settled.add(item);
    page.resolver.add(plan.model, item.id, targetId);
    const filled = values.filter(({ value }) => value !== false && !(Array.isArray(value) && value.length === 0));
    page.report.tell(item, 'create', { target: targetId, fields: filled.map(({ field }) => field) });
  }
}

function creationOf(item: Item, postponed: ReadonlySet<CopiedField> | undefined, page: PageContext): Creation {
  const { values, leftOut } = translate(item, page.resolver);
  page.tellLeftOut(
    item,
    leftOut.filter((field) => postponed?.has(field) !== true),
  );
  return { item, values, leftOut };
}

/** A dry run gives what would be created an id that no record has. */
async function pretend(
  plan: FieldPlan,
  creations: readonly Creation[],
  { links }: PageDependencies,
): Promise<{ readonly refused: Refused[]; readonly ids: ReadonlyMap<Item, number> }> {
  await links.begin(
    plan.model,
    creations.map(({ item }) => ({ source_id: item.id, target_id: null })),
  );
  return { refused: [], ids: new Map(creations.map(({ item }) => [item, -item.id])) };
}

function byPlan(items: readonly Item[]): Map<FieldPlan, Item[]> {
  const groups = new Map<FieldPlan, Item[]>();
  for (const item of items) groups.set(item.plan, [...(groups.get(item.plan) ?? []), item]);
  return groups;
}
