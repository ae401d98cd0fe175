import { canonicalJson, digest } from '@bridgecore/contracts';
import { FieldValue, OdooRecord } from '../odoo/rpc/odoo-records';
import { CopiedField, FieldPlan } from './field-plan';

/** A value without what changes by itself: of a many2one the id and not the name, of a many2many the ids in order. */
export type Plain = unknown;

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

/** A hash of the content that is copied; `write` bumps `write_date` also when nothing has changed, so only this tells. */
export function contentHash({ fields }: FieldPlan, record: OdooRecord): string {
  return digest(canonicalJson(fields.map((field) => [field.name, plain(field, record)])));
}

/** The same of what a record should be after `values` were written to it. */
export function expectedHash(plan: FieldPlan, record: OdooRecord, values: readonly FieldValue[]): string {
  const written = Object.fromEntries(values.map(({ field, value }) => [field, value]));
  return contentHash(plan, { ...record, ...written });
}

/** Those of the values that the record does not have. */
export function differences(record: OdooRecord, values: readonly FieldValue[]): FieldValue[] {
  return values.filter(({ field: name, type, value }) => {
    const field = { name, type };
    return canonicalJson(plain(field, record)) !== canonicalJson(plain(field, { id: record.id, [name]: value }));
  });
}
