import { canonicalJson, digest } from '@bridgecore/contracts';
import { OdooRecord } from '../odoo/rpc/odoo-records';
import { CopiedField, FieldPlan } from './field-plan';

/** A value without what changes by itself: of a many2one the id and not the name, of a many2many the ids in order. */
export type Plain = unknown;

/** A hash of each field of a record, by name. */
export type FieldHashes = Readonly<Record<string, string>>;

/** Instead of a hash: the record has a relation that the other side cannot have, so they have not agreed on it. */
export const MISSING = '';

/** A record's value of a field, in the form in which values are compared and hashed. */
export function plain({ type, name }: Pick<CopiedField, 'type' | 'name'>, record: OdooRecord): Plain {
  const value = record[name] ?? false;
  if (type === 'many2one') return Array.isArray(value) ? (value[0] as unknown) : value;
  if (type === 'many2many') return Array.isArray(value) ? [...(value as number[])].sort((a, b) => a - b) : [];
  return value === '' ? false : value;
}

/** The ids that a relation holds. */
export function related(field: CopiedField, record: OdooRecord): number[] {
  if (field.relation === undefined) return [];
  return [plain(field, record)].flat().filter((id): id is number => typeof id === 'number');
}

/** Twelve hex digits: two contents of one field meet in one of 280 million million. */
export function hashOf(value: Plain): string {
  return digest(canonicalJson(value)).replaceAll('-', '').slice(0, 12);
}

/** What a record holds of what is copied; `write` bumps `write_date` also when nothing has changed, so only this tells. */
export function fieldHashes({ fields }: FieldPlan, record: OdooRecord): FieldHashes {
  return Object.fromEntries(fields.map((field) => [field.name, hashOf(plain(field, record))]));
}
