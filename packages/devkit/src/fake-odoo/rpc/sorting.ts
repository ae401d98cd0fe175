import type { Row } from './call-env';
import { isToMany, type Field } from './fields';
import type { Model } from './models';
import { pythonError, userError } from './odoo-error';
import type { Reader } from './reader';
import { sortable } from './timestamps';

type Key = string | number | undefined;

const COLLATION = new Intl.Collator('en');

/** `write_date desc, id`: as PostgreSQL sorts, with what is not set after everything else, before it when descending. */
export function sortRows(rows: readonly Row[], order: string, model: Model, reader: Reader): Row[] {
  const terms = parseOrder(order, model);
  const keyed = rows.map((row) => ({ row, keys: terms.map(({ field }) => keyOf(model, row, field, reader)) }));
  keyed.sort((left, right) => {
    for (const [at, { isDescending, field }] of terms.entries()) {
      const difference = compareKeys(left.keys[at], right.keys[at], field);
      if (difference !== 0) return isDescending ? -difference : difference;
    }
    return left.row.id - right.row.id;
  });
  return keyed.map(({ row }) => row);
}

function parseOrder(order: string, model: Model): { readonly field: Field; readonly isDescending: boolean }[] {
  const terms = order.split(',').filter((term) => term.trim() !== '');
  return terms.map((term) => {
    const match = /^\s*(\w+)(?:\s+(asc|desc))?(?:\s+nulls\s+(?:first|last))?\s*$/i.exec(term);
    if (match === null) throw invalidOrder(order);
    const name = match[1] ?? '';
    const field = model.fields.get(name);
    if (field === undefined) throw pythonError('ValueError', `Invalid field '${name}' on model '${model.name}'`);
    return { field, isDescending: match[2]?.toLowerCase() === 'desc' };
  });
}

function invalidOrder(order: string): Error {
  const explanation = 'A valid "order" specification is a comma-separated list of valid field names';
  return userError(
    `Invalid "order" specified (${order}). ${explanation} (optionally followed by asc/desc for the direction)`,
  );
}

function keyOf(model: Model, row: Row, field: Field, reader: Reader): Key {
  if (field.name === 'id') return row.id;
  if (isToMany(field)) return undefined;
  if (field.type === 'many2one') return reader.linkName(row, field) || undefined;
  const value = reader.plain(model, row, field);
  if (typeof value === 'boolean') return field.type === 'boolean' ? Number(value) : undefined;
  if (field.type === 'datetime' && typeof value === 'string') return sortable(value);
  return typeof value === 'string' || typeof value === 'number' ? value : undefined;
}

function compareKeys(left: Key, right: Key, field: Field): number {
  if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined);
  if (typeof left === 'number' || typeof right === 'number') return Number(left) - Number(right);
  if (field.type === 'datetime' || field.type === 'date') return left < right ? -1 : Number(left > right);
  return COLLATION.compare(left, right);
}
