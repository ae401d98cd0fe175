import { copiesOf } from './external-ids';
import { FieldPlan } from './field-plan';
import { Begun } from './links';
import { PageDependencies } from './page-context';
import { PageReport } from './page-report';
import { readVisible } from './parents';
import { readEach } from './read-each';
import { syncPage } from './sync-page';

/** What an earlier run has begun to create and not finished comes first, whichever way it went. */
export async function finishBegun(given: PageDependencies): Promise<void> {
  const { links, plans, batch, goOn, direction } = given;
  for (const [model, ids] of await links.unfinished()) {
    const plan = await plans.ofParent(model);
    if (plan === null) continue; // an Odoo does not show the model any more
    for (let at = 0; at < ids.length; at += batch) {
      goOn();
      const part = ids.slice(at, at + batch);
      const records = await readVisible(direction.source.records, plan, part);
      await syncPage(plan, records, given, new PageReport(model, false));
      const seen = new Set(records.map(({ id }) => id));
      await abandonGone(
        plan,
        part.filter((id) => !seen.has(id)),
        given,
      );
    }
  }
}

/** Where a source is gone meanwhile, what the target has got of it is not to come back from there as something new. */
async function abandonGone(plan: FieldPlan, unseen: readonly number[], given: PageDependencies): Promise<void> {
  const { source, target } = given.direction;
  const { found, refused } = await readEach(source.records, plan.model, unseen, ['id']);
  const there = new Set([...found.map(({ id }) => id), ...refused.keys()]); // what is only hidden is there
  const gone = unseen.filter((id) => !there.has(id));
  if (gone.length === 0) return;
  const copies = await copiesOf(target.records, { system: source.system, model: plan.model }, gone);
  if (copies === null) return; // asked again next time
  const byOriginal = new Map([...copies].map(([copy, original]) => [original, copy]));
  const entries = gone.map((id): Begun => ({ source_id: id, target_id: byOriginal.get(id) ?? null }));
  await given.links.abandon(plan.model, entries);
}
