import { FieldValue, OdooRecord } from '@bridgecore/odoo';
import { FieldHashes, fieldHashes, plain, related } from './content';
import { CopiedField, FieldPlan } from './field-plan';
import { Link } from './links';
import { Resolver } from './resolver';

/** One record of the source that has something to be done about it. */
export interface Item {
  readonly plan: FieldPlan;
  readonly id: number;
  readonly record: OdooRecord;
  readonly hashes: FieldHashes;
  readonly link: Link | undefined;
  /** False: it only comes along as somebody's parent. */
  readonly isAsked: boolean;
}

/** A record with what is known of it. */
export function itemOf(plan: FieldPlan, record: OdooRecord, link: Link | undefined, isAsked: boolean): Item {
  return { plan, id: record.id, record, hashes: fieldHashes(plan, record), link, isAsked };
}

/** One name for one record, across models. */
export function keyOf(model: string, id: number): string {
  return `${model},${id}`;
}

/** A record that a relation holds. */
export interface Reference {
  readonly field: CopiedField;
  readonly model: string;
  readonly id: number;
}

/** Every record that an item's relations hold. */
export function references({ plan, record }: Pick<Item, 'plan' | 'record'>): Reference[] {
  return plan.fields.flatMap((field) =>
    related(field, record).map((id) => ({ field, model: field.relation ?? '', id })),
  );
}

/** The target has been given every field as it is; one that nobody has agreed on yet is looked at. */
export function isUnchanged({ plan, link, hashes }: Item): boolean {
  if (link === undefined || link.is_begun || link.target_id === null) return false;
  return plan.fields.every(({ name }) => link.source_fields?.[name] === hashes[name]);
}

/** What the target is to have, and the relations that could not be translated. */
export interface Translated {
  readonly values: readonly FieldValue[];
  readonly leftOut: readonly CopiedField[];
}

/** An item's values as the target writes them. A relation with a member that the target has not is left out as a whole. */
export function translate({ plan, record }: Pick<Item, 'plan' | 'record'>, resolver: Resolver): Translated {
  const values: FieldValue[] = [];
  const leftOut: CopiedField[] = [];
  for (const field of plan.fields) {
    const value = translateValue(field, record, resolver);
    if (value === undefined) leftOut.push(field);
    else values.push({ field: field.name, type: field.type, value });
  }
  return { values, leftOut };
}

/** A value in the target's terms; undefined when it holds a record that the target has not. */
export function translateValue(
  field: Pick<CopiedField, 'name' | 'type' | 'relation'>,
  record: OdooRecord,
  resolver: Resolver,
): unknown {
  const value = plain(field, record);
  const { relation } = field;
  if (relation === undefined) return Array.isArray(value) ? undefined : value;
  const targets = [value].flat().map((id) => (typeof id === 'number' ? resolver.target(relation, id) : false));
  const ids = targets.filter((id) => id !== false);
  if (ids.includes(undefined)) return undefined;
  return field.type === 'many2many' ? [...(ids as number[])].sort((a, b) => a - b) : (ids[0] ?? false);
}
