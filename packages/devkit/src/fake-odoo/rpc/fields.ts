import type { Json, JsonObject } from '../json-write';

/** Odoo's field types, as far as they are simulated. */
export type FieldType =
  | 'char'
  | 'text'
  | 'html'
  | 'integer'
  | 'float'
  | 'monetary'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'selection'
  | 'binary'
  | 'many2one'
  | 'one2many'
  | 'many2many';

/** A field as `fields_get` describes it. */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly string: string;
  readonly required: boolean;
  readonly readonly: boolean;
  readonly store: boolean;
  readonly relation?: string;
  /** The many2one on the other side of a one2many. */
  readonly relation_field?: string;
  readonly selection?: readonly (readonly [string, string])[];
  readonly currency_field?: string;
  /** What a new record has, as RPC spells it; without one it is empty. */
  readonly initial?: Json;
}

/** A field as a definition says it: what is left out is no, except `store`. */
export type FieldSpec = Partial<Field> & Pick<Field, 'type' | 'string'>;

/** One model. */
export interface ModelSpec {
  /** What people call it: `Contact`. */
  readonly label: string;
  /** Its `_order`; `id` by default. */
  readonly order?: string;
  readonly fields: Readonly<Record<string, FieldSpec>>;
  /** Fields of the template whose value belongs to the captured record and not to a new one. */
  readonly blank?: readonly string[];
}

export const RELATIONAL: ReadonlySet<FieldType> = new Set<FieldType>(['many2one', 'one2many', 'many2many']);

export const NUMERIC: ReadonlySet<FieldType> = new Set<FieldType>(['integer', 'float', 'monetary']);

/** True for one2many and many2many. */
export function isToMany(field: Field): boolean {
  return field.type === 'one2many' || field.type === 'many2many';
}

/** Every model has these (`_log_access`). */
export const MAGIC_FIELDS: Readonly<Record<string, FieldSpec>> = {
  id: { type: 'integer', string: 'ID', readonly: true },
  display_name: { type: 'char', string: 'Display Name', readonly: true, store: false },
  create_uid: { type: 'many2one', string: 'Created by', relation: 'res.users', readonly: true },
  create_date: { type: 'datetime', string: 'Created on', readonly: true },
  write_uid: { type: 'many2one', string: 'Last Updated by', relation: 'res.users', readonly: true },
  write_date: { type: 'datetime', string: 'Last Updated on', readonly: true },
};

export function field(name: string, spec: FieldSpec): Field {
  return { required: false, readonly: false, store: true, ...spec, name };
}

const DESCRIBED = [
  'name',
  'type',
  'string',
  'required',
  'readonly',
  'store',
  'relation',
  'relation_field',
  'selection',
  'currency_field',
] as const;

/** A field in an answer of `fields_get`, with the attributes asked for; without any, all. */
export function describeField(described: Field, attributes: readonly Json[] | undefined): JsonObject {
  const wanted = DESCRIBED.filter((name) => attributes?.includes(name) ?? true);
  return Object.fromEntries(wanted.flatMap((name) => (described[name] === undefined ? [] : [[name, described[name]]])));
}
