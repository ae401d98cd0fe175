import { canonicalJson, digest } from '@bridgecore/contracts';
import { OdooRecord } from '@bridgecore/odoo';
import { CopiedField, FieldPlan } from './field-plan';

/** A value without what changes by itself: of a many2one the id and not the name, of a many2many the ids in order. */
export type Plain = unknown;

/** A hash of each field of a record, by name. */
export type FieldHashes = Readonly<Record<string, string>>;

/** Before the hash of a relation that the other side cannot have: it is known, and to be filled when it can be. */
const UNSAYABLE = '?';

/** What is noted of a relation that the other side cannot have. */
export function unsayable(hash: string): string {
  return `${UNSAYABLE}${hash}`;
}

/** Whether a noted hash is of such a relation. */
export function isUnsayable(noted: string | undefined): boolean {
  return noted?.startsWith(UNSAYABLE) === true;
}

/** The hash itself. */
export function bare(noted: string | undefined): string | undefined {
  return isUnsayable(noted) ? noted?.slice(UNSAYABLE.length) : noted;
}

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
