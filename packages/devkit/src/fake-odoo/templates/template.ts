import type { Json, JsonObject } from '../json-write';

/** The fields of a model, grouped by how Odoo writes their emptiness (README §2); names are separated by spaces. */
export interface FieldSet {
  /** Empty texts, dates, selections: `false`. */
  readonly no: string;
  /** Empty many2one: `{"id": false, "name": ""}`. */
  readonly none: string;
  /** Empty one2many and many2many: `[]`. */
  readonly lists: string;
  /** The rest, as captured. */
  readonly values: JsonObject;
}

/** An empty many2one. */
export const NONE: JsonObject = Object.freeze({ id: false, name: '' });

const EMPTY_LIST: readonly Json[] = Object.freeze([]);

/** The fields of a new record; empty values are shared between all records, so nobody may change one in place. */
export function template({ no, none, lists, values }: FieldSet): JsonObject {
  const fields: Record<string, Json | undefined> = {};
  for (const name of names(no)) fields[name] = false;
  for (const name of names(none)) fields[name] = NONE;
  for (const name of names(lists)) fields[name] = EMPTY_LIST;
  return Object.freeze({ ...fields, ...values });
}

function names(text: string): string[] {
  return text.split(/\s+/).filter((name) => name !== '');
}
