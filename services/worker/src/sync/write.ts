import { OdooFailure } from '../odoo/odoo-failure';
import { Created, FieldValue, NewRecord, OdooRecord } from '../odoo/rpc/odoo-records';
import { contentHash, expectedHash } from './content';
import { Direction } from './direction';
import { FieldPlan } from './field-plan';
import { Item } from './item';
import { Links, Settled } from './links';
import { EntryCode } from './page-report';
import { fieldsToRead } from './plans';

/** A record of the target that is to get values. */
export interface Change {
  readonly item: Item;
  readonly target: OdooRecord;
  readonly values: readonly FieldValue[];
  readonly isIncomplete: boolean;
}

/** A record that the target is to get. */
export interface Creation {
  readonly item: Item;
  readonly values: readonly FieldValue[];
  readonly isIncomplete: boolean;
}

/** Why one record was not written; anything that is not about the record is thrown. */
export interface Refused {
  readonly item: Item;
  readonly failure: OdooFailure;
}

/** What writing works with. */
export interface WriteDependencies {
  readonly direction: Direction;
  readonly links: Links;
}

/**
 * Writes to records that are there. Before Odoo is asked the links say that it was begun; after it what the target then
 * holds is what both agree on, so that our own writing is never taken for somebody's change.
 */
export async function writeChanges(
  plan: FieldPlan,
  changes: readonly Change[],
  given: WriteDependencies,
): Promise<Refused[]> {
  if (changes.length === 0) return [];
  const { links } = given;
  await links.begin(
    plan.model,
    changes.map(({ item, target }) => ({ source_id: item.id, target_id: target.id })),
  );
  const refused: Refused[] = [];
  for (const group of alike(changes)) refused.push(...(await writeAlike(plan.model, group, given)));
  const failed = new Set(refused.map(({ item }) => item));
  const written = changes.filter(({ item }) => !failed.has(item));
  await links.giveUp(
    plan.model,
    [...failed].map(({ id }) => id),
  );
  await settleWritten(plan, 'updated', written, given);
  return refused;
}

/** Creates records, each under an external id that is made of the source's: whoever does it again gets the same record. */
export async function createAll(
  plan: FieldPlan,
  creations: readonly Creation[],
  given: WriteDependencies,
): Promise<{ readonly refused: Refused[]; readonly ids: ReadonlyMap<Item, number> }> {
  if (creations.length === 0) return { refused: [], ids: new Map() };
  const { links, direction } = given;
  await links.begin(
    plan.model,
    creations.map(({ item }) => ({ source_id: item.id, target_id: null })),
  );
  const records = creations.map(({ item, values }): NewRecord => ({ externalId: externalId(direction, item), values }));
  const created = await direction.target.records.createRecords(plan.model, records);
  const refused: Refused[] = [];
  const written: Change[] = [];
  creations.forEach((creation, index) => {
    const outcome = created[index] as Created;
    if ('failure' in outcome) refused.push({ item: creation.item, failure: outcome.failure });
    else written.push({ ...creation, target: { id: outcome.id } });
  });
  await links.giveUp(
    plan.model,
    refused.map(({ item }) => item.id),
  );
  await settleWritten(plan, 'created', written, given);
  return { refused, ids: new Map(written.map(({ item, target }) => [item, target.id])) };
}

/** `__bridgecore__.paris-res_partner-17`: a module that no addon is called by, so that no upgrade of one removes it. */
function externalId({ source }: Direction, { plan, id }: Item): string {
  return `__bridgecore__.${source.system}-${plan.model.replaceAll('.', '_')}-${id}`;
}

/** Changes of the same values go in one call. */
function alike(changes: readonly Change[]): Change[][] {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const key = JSON.stringify(change.values);
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  return [...groups.values()];
}

/** One call for all; when Odoo refuses them, each for itself. */
async function writeAlike(model: string, group: readonly Change[], given: WriteDependencies): Promise<Refused[]> {
  const [first] = group;
  if (first === undefined) return [];
  try {
    const ids = group.map(({ target }) => target.id);
    await given.direction.target.records.writeRecords(model, ids, first.values);
    return [];
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    if (group.length === 1) return [{ item: first.item, failure: error as OdooFailure }];
    const refused: Refused[] = [];
    for (const change of group) refused.push(...(await writeAlike(model, [change], given)));
    return refused;
  }
}

/** The code of a failure that is about one record; undefined when it is about anything else. */
export function codeOf(error: unknown): EntryCode | undefined {
  const codes: Readonly<Partial<Record<string, EntryCode>>> = {
    ...{ access: 'ACCESS', missing: 'MISSING', validation: 'VALIDATION' },
  };
  return error instanceof OdooFailure ? codes[error.trouble] : undefined;
}

/**
 * Reads what the target has made of it (it rounds, formats and computes), and takes that for agreed. Where somebody else
 * has written since, what we have written is taken instead: theirs is then a change, and goes the other way.
 */
async function settleWritten(
  plan: FieldPlan,
  outcome: 'created' | 'updated',
  written: readonly Change[],
  { direction, links }: WriteDependencies,
): Promise<void> {
  if (written.length === 0) return;
  const { records, uid } = direction.target;
  const fields = [...fieldsToRead(plan), 'write_uid'];
  const found = await records.readRecords(
    plan.model,
    written.map(({ target }) => target.id),
    fields,
  );
  const byId = new Map(found.map((record) => [record.id, record]));
  const settled = written.map(({ item, target, values, isIncomplete }): Settled => {
    const now = byId.get(target.id);
    const isOurs = now !== undefined && Array.isArray(now['write_uid']) && now['write_uid'][0] === uid;
    return {
      ...{ source_id: item.id, target_id: target.id, source_hash: item.hash, is_incomplete: isIncomplete, outcome },
      target_hash: isOurs ? contentHash(plan, now) : expectedHash(plan, { ...now, ...target }, values),
    };
  });
  await links.settle(plan.model, settled);
}
