import { BridgeError } from '@bridgecore/contracts';
import { Begun } from './links';
import { PageDependencies } from './page-context';
import { PageReport } from './page-report';
import { readVisible } from './parents';
import { FieldPlan } from './field-plan';
import { syncPage } from './sync-page';
import { EXTERNAL_MODULE, externalId } from './write';

/**
 * What an earlier run has begun to create and not finished comes first, whichever way it went: read from the other side
 * it would be taken for something new.
 */
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
      const there = new Set(records.map(({ id }) => id));
      await abandon(
        plan,
        part.filter((id) => !there.has(id)),
        given,
      );
    }
  }
}

/** Their sources are gone meanwhile: what the target has got of them is not to come back from there as something new. */
async function abandon(plan: FieldPlan, ids: readonly number[], given: PageDependencies): Promise<void> {
  if (ids.length === 0) return;
  const names = new Map(
    ids.map((id) => [externalId(given.direction, { plan, id }).slice(EXTERNAL_MODULE.length + 1), id]),
  );
  const domain = [
    ['module', '=', EXTERNAL_MODULE],
    ['model', '=', plan.model],
    ['name', 'in', [...names.keys()]],
  ];
  const { records } = given.direction.target;
  const found = await records
    .searchRead('ir.model.data', { domain, fields: ['name', 'res_id'] })
    .catch((error: unknown) => {
      if (error instanceof BridgeError && error.code === 'ODOO_REFUSED') return null; // no right to look: asked again next time
      throw error;
    });
  if (found === null) return;
  const targets = new Map(found.map((known) => [names.get(known['name'] as string), known['res_id'] as number]));
  await given.links.abandon(
    plan.model,
    ids.map((id): Begun => ({ source_id: id, target_id: targets.get(id) ?? null })),
  );
}
