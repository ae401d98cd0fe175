import { FieldValue, NewRecord, OdooFailure, OdooRecord } from '@bridgecore/odoo';
import { externalId } from './external-ids';
import { FieldHashes, fieldHashes, hashOf, plain, unsayable } from './content';
import { Direction, Side } from './direction';
import { CopiedField, FieldPlan } from './field-plan';
import { Item } from './item';
import { Agreement, Begun, Links, Settled } from './links';
import { FieldState, Merge } from './merge';
import { EntryCode } from './page-report';
import { fieldsToRead } from './plans';
import { readEach } from './read-each';

/** A record of the target that is to get values. */
export interface Change {
  readonly item: Item;
  readonly target: OdooRecord;
  readonly values: readonly FieldValue[];
  readonly states: readonly FieldState[];
  readonly merged: Merge;
  /** `created`: before a crash, and only now noted. */
  readonly outcome: 'created' | 'updated';
}

/** A record that the target is to get, without the relations that cannot be said in its terms. */
export interface Creation {
  readonly item: Item;
  readonly values: readonly FieldValue[];
  readonly leftOut: readonly CopiedField[];
}

/** Why one record was not written; anything that is not about the record is thrown. */
export interface Refused {
  readonly item: Item;
  readonly values: readonly FieldValue[];
  readonly failure: OdooFailure;
}

/** What writing works with. */
export interface WriteDependencies {
  readonly direction: Direction;
  readonly links: Links;
  /** Throws when nothing more may be written. */
  readonly goOn: () => void;
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
  const { links, direction } = given;
  const ids = changes.map(({ item, target }) => ({ source_id: item.id, target_id: target.id }));
  await links.begin(plan.model, ids);
  const refused: Refused[] = [];
  for (const group of alike(changes)) refused.push(...(await writeAlike(plan.model, group, given)));
  await giveUp(plan, refused, links);
  const failed = new Set(refused.map(({ item }) => item));
  const written = changes.filter(({ item }) => !failed.has(item));
  const now = await readBack(
    plan,
    written.map(({ target }) => target.id),
    direction.target,
  );
  const settled = written.map((change): Settled => {
    const found = now.get(change.target.id);
    const ids = { source_id: change.item.id, target_id: change.target.id, outcome: change.outcome };
    return {
      ...ids,
      ...agreementOf(change.states, change.merged, writtenHashes(plan, change, found, direction.target)),
    };
  });
  if (settled.length > 0) await links.settle(plan.model, settled);
  return refused;
}

/** Creates records, each under an external id that is made of the source's: whoever does it again gets the same record. */
export async function createAll(
  plan: FieldPlan,
  creations: readonly Creation[],
  given: WriteDependencies,
): Promise<{ readonly refused: Refused[]; readonly ids: ReadonlyMap<Item, number> }> {
  if (creations.length === 0) return { refused: [], ids: new Map() };
  const { links, direction, goOn } = given;
  const begun = creations.map((creation): Begun => {
    const expected = { source_fields: givenHashes(creation), target_fields: expectedHashes(plan, creation.values) };
    return { source_id: creation.item.id, target_id: null, ...expected };
  });
  await links.begin(plan.model, begun);
  goOn();
  const records = creations.map(({ item, values }): NewRecord => ({
    externalId: externalId(direction.source.system, plan.model, item.id),
    values,
  }));
  const created = await direction.target.records.createRecords(plan.model, records);
  const refused: Refused[] = [];
  const ids = new Map<Item, number>();
  creations.forEach(({ item, values }, index) => {
    const outcome = created[index] ?? { failure: new OdooFailure('refused', 'Odoo has not said what became of it.') };
    if ('failure' in outcome) refused.push({ item, values, failure: outcome.failure });
    else ids.set(item, outcome.id);
  });
  await giveUp(plan, refused, links);
  const now = await readBack(plan, [...ids.values()], direction.target);
  const settled = creations.flatMap((creation): Settled[] => {
    const target_id = ids.get(creation.item);
    if (target_id === undefined) return [];
    const found = now.get(target_id) ?? { id: target_id };
    const target_fields = { ...fieldHashes(plan, found), ...writtenHashes(plan, creation, found, direction.target) };
    return [
      {
        source_id: creation.item.id,
        target_id,
        outcome: 'created',
        source_fields: givenHashes(creation),
        target_fields,
      },
    ];
  });
  if (settled.length > 0) await links.settle(plan.model, settled);
  return { refused, ids };
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
  const { item, values } = first;
  given.goOn();
  try {
    await given.direction.target.records.writeRecords(
      model,
      group.map(({ target }) => target.id),
      values,
    );
    return [];
  } catch (error) {
    const isLate = error instanceof OdooFailure && error.trouble === 'timeout' && group.length > 1; // it may still be at it
    if (codeOf(error) === undefined || isLate) throw error;
    if (group.length === 1) return [{ item, values, failure: error as OdooFailure }];
    const refused: Refused[] = [];
    for (const change of group) refused.push(...(await writeAlike(model, [change], given)));
    return refused;
  }
}

/** The code of a failure that is about one record; undefined when it is about anything else. */
export function codeOf(error: unknown): EntryCode | undefined {
  const codes: Readonly<Partial<Record<string, EntryCode>>> = {
    ...{ access: 'ACCESS', missing: 'MISSING', validation: 'VALIDATION', timeout: 'TIMEOUT' },
  };
  return error instanceof OdooFailure ? codes[error.trouble] : undefined;
}

/** Of what timed out nobody knows whether it was done: it stays begun. */
async function giveUp({ model }: FieldPlan, refused: readonly Refused[], links: Links): Promise<void> {
  const known = refused.filter(({ failure }) => failure.trouble !== 'timeout');
  await links.giveUp(
    model,
    known.map(({ item }) => item.id),
  );
}

/** What the target has made of what it was given (it rounds, formats and computes), as far as it lets us see it. */
async function readBack(
  plan: FieldPlan,
  ids: readonly number[],
  { records }: Side,
): Promise<ReadonlyMap<number, OdooRecord>> {
  const { found } = await readEach(records, plan.model, ids, [...fieldsToRead(plan), 'write_uid']);
  return new Map(found.map((record) => [record.id, record]));
}

/** True when nobody has written a record since we have; a person who uses our user cannot be told from us. */
export function isWrittenBy({ uid }: Side, record: OdooRecord): boolean {
  const writer = record['write_uid'];
  return Array.isArray(writer) && writer[0] === uid;
}

/**
 * Hashes of what a record holds of what was written to it, and of what it has computed from that. Where somebody else has
 * written since, what we have written is taken instead: theirs is then a change, and goes the other way.
 */
function writtenHashes(
  plan: FieldPlan,
  { values }: Pick<Change, 'values'>,
  now: OdooRecord | undefined,
  target: Side,
): FieldHashes {
  const expected = expectedHashes(plan, values);
  if (now === undefined || !isWrittenBy(target, now)) return expected;
  const made = plan.fields.filter(({ name, isComputed }) => isComputed || expected[name] !== undefined);
  return Object.fromEntries(made.map((field) => [field.name, hashOf(plain(field, now))]));
}

/** The same, had the target taken everything as it is. */
function expectedHashes({ fields }: FieldPlan, values: readonly FieldValue[]): FieldHashes {
  const given = new Map(values.map(({ field, value }) => [field, value]));
  const known = fields.filter(({ name }) => given.has(name));
  return Object.fromEntries(
    known.map((field) => [field.name, hashOf(plain(field, { id: 0, [field.name]: given.get(field.name) }))]),
  );
}

/** What the source holds, as far as the target was given it. */
function givenHashes({ item, leftOut }: Creation): FieldHashes {
  return {
    ...item.hashes,
    ...Object.fromEntries(leftOut.map(({ name }) => [name, unsayable(item.hashes[name] ?? '')])),
  };
}

/**
 * What two records agree on after a merge, `written` being what was written. What the target has changed by itself stays
 * as it was agreed, for the way back; what nobody has settled is not in it.
 */
export function agreementOf(states: readonly FieldState[], { kept }: Merge, written: FieldHashes = {}): Agreement {
  const source_fields: Record<string, string> = {};
  const target_fields: Record<string, string> = {};
  for (const { name, source, target, agreedSource, agreedTarget, isMissing, differs } of states) {
    const isSettled =
      !differs || written[name] !== undefined || (agreedSource !== undefined && agreedTarget !== undefined);
    if (!isSettled) continue;
    source_fields[name] = isMissing ? unsayable(source) : source;
    target_fields[name] = written[name] ?? (kept.includes(name) ? (agreedTarget ?? target) : target);
  }
  return { source_fields, target_fields };
}
