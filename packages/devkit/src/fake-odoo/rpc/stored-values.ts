import type { Json, JsonObject } from '../json-write';
import { writeFloat } from '../json-write';
import { repr } from '../python';
import { NONE } from '../templates/index';
import { isId, isList } from './call-context';
import { NUMERIC, type Field } from './fields';
import { pythonError } from './odoo-error';
import { isDate, parseDatetime } from './timestamps';

/** What a stored value needs of the records around it. */
export interface Relations {
  /** The display name of a related record; undefined when there is no such record. */
  nameOf(relation: string, id: number): string | undefined;
}

/** An empty value as the addon's payload spells it. */
export function emptyStored(field: Field): Json {
  if (field.type === 'many2one') return NONE;
  if (field.type === 'one2many' || field.type === 'many2many') return [];
  return NUMERIC.has(field.type) ? 0 : false;
}

/** The ids of a stored relation. */
export function storedIds(value: Json | undefined): number[] {
  if (!isList(value)) return [];
  return value.map((item) => (item as JsonObject)['id']).filter(isId);
}

/** The id of a stored many2one; false when it is empty. */
export function storedId(value: Json | undefined): number | false {
  const id = typeof value === 'object' && value !== null ? (value as JsonObject)['id'] : undefined;
  return isId(id) ? id : false;
}

/** A value as RPC writes it, as it is stored: relations with names, moments with a T. Bad values raise. */
export function toStored(model: string, field: Field, value: Json, old: Json | undefined, links: Relations): Json {
  if (field.type === 'many2one') return storedLink(model, field, value, links);
  if (field.type === 'one2many' || field.type === 'many2many') return storedLinks(model, field, value, old, links);
  if (field.type === 'boolean') return Boolean(value);
  if (field.type === 'binary') return Boolean(value); // the content is not kept: payloads say only whether there is one
  if (NUMERIC.has(field.type)) return storedNumber(field, value);
  if (value === false || value === null) return false;
  return storedText(model, field, value);
}

function storedLink(model: string, field: Field, value: Json, links: Relations): Json {
  if (value === false || value === null || value === 0) return NONE;
  if (!isId(value)) throw wrongValue(model, field, value);
  return { id: value, name: links.nameOf(field.relation ?? '', value) ?? '' };
}

/** Commands as Odoo takes them: [6, 0, ids], [4, id], [3, id], [2, id], [5]; or the ids themselves. */
function storedLinks(model: string, field: Field, value: Json, old: Json | undefined, links: Relations): Json {
  let ids = storedIds(old);
  if (value === false || value === null) ids = [];
  else if (!isList(value)) throw wrongValue(model, field, value);
  else if (value.every(isId)) ids = [...value];
  else for (const command of value) ids = applyCommand(ids, command, () => wrongValue(model, field, command));
  return [...new Set(ids)].map((id) => ({ id, name: links.nameOf(field.relation ?? '', id) ?? '' }));
}

function applyCommand(ids: number[], command: Json, wrong: () => Error): number[] {
  if (!isList(command)) throw wrong();
  const [kind, id, list] = command;
  if (kind === 5) return [];
  if (kind === 6 && isList(list)) return list.filter(isId);
  if (kind === 4 && isId(id)) return [...ids, id];
  if ((kind === 3 || kind === 2) && isId(id)) return ids.filter((other) => other !== id);
  throw wrong();
}

function storedNumber(field: Field, value: Json): Json {
  if (value === false || value === null) return 0;
  const number = typeof value === 'string' && value.trim() === '' ? NaN : Number(value);
  if (!Number.isNaN(number)) return field.type === 'integer' ? Math.trunc(number) : number;
  if (field.type !== 'integer') throw pythonError('ValueError', `could not convert string to float: ${repr(value)}`);
  throw pythonError('ValueError', `invalid literal for int() with base 10: ${repr(value)}`);
}

function storedText(model: string, field: Field, value: Json): Json {
  const text = typeof value === 'number' ? numberText(value) : typeof value === 'string' ? value : repr(value);
  if (field.type === 'selection') {
    if (field.selection?.some(([key]) => key === text) ?? true) return text;
    throw wrongValue(model, field, value);
  }
  if (field.type === 'date') return storedDate(text);
  if (field.type === 'datetime') return storedDatetime(text);
  // Odoo's sanitizer puts plain text into a paragraph.
  if (field.type === 'html' && text !== '' && !text.trimStart().startsWith('<')) return `<p>${text}</p>`;
  return text;
}

function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : writeFloat(value);
}

function storedDate(text: string): Json {
  if (text === '') return false;
  if (isDate(text.slice(0, 10))) return text.slice(0, 10);
  throw pythonError('ValueError', `time data ${repr(text)} does not match format '%Y-%m-%d'`);
}

function storedDatetime(text: string): Json {
  if (text === '') return false;
  const parsed = parseDatetime(text);
  if (parsed !== undefined) return parsed.replace(' ', 'T');
  throw pythonError('ValueError', `time data ${repr(text)} does not match format '%Y-%m-%d %H:%M:%S'`);
}

function wrongValue(model: string, field: Field, value: Json): Error {
  return pythonError('ValueError', `Wrong value for ${model}.${field.name}: ${repr(value)}`);
}
