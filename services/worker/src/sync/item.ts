import { FieldValue, OdooRecord } from '../odoo/rpc/odoo-records';
import { contentHash, plain, related } from './content';
import { CopiedField, FieldPlan } from './field-plan';
import { Link } from './links';
import { Resolver } from './resolver';

/** One record of the source that has something to be done about it. */
export interface Item {
  readonly plan: FieldPlan;
  readonly id: number;
  readonly record: OdooRecord;
  readonly hash: string;
  readonly link: Link | undefined;
  /** False: it only comes along as somebody's parent. */
  readonly isAsked: boolean;
}

export function itemOf(plan: FieldPlan, record: OdooRecord, link: Link | undefined, isAsked: boolean): Item {
  return { plan, id: record.id, record, hash: contentHash(plan, record), link, isAsked };
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

/** Both sides have it as it was when they agreed, and nothing was left out of it. */
export function isUnchanged({ link, hash }: Pick<Item, 'link' | 'hash'>): boolean {
  if (link === undefined || link.is_begun || link.is_incomplete || link.target_id === null) return false;
  return link.source_hash === hash;
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
    if (!field.isWritten) continue;
    const value = translateValue(field, record, resolver);
    if (value === undefined) leftOut.push(field);
    else values.push({ field: field.name, type: field.type, value });
  }
  return { values, leftOut };
}

/** A value in the target's terms; undefined when it holds a record that the target has not. */
export function translateValue(field: CopiedField, record: OdooRecord, resolver: Resolver): unknown {
  const value = plain(field, record);
  const { relation } = field;
  if (relation === undefined) return value;
  const targets = related(field, record).map((id) => resolver.target(relation, id));
  if (targets.includes(undefined)) return undefined;
  return field.type === 'many2many' ? [...(targets as number[])].sort((a, b) => a - b) : (targets[0] ?? false);
}
