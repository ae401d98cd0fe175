import type { Json } from '../json-write';
import type { CallEnv } from './call-env';
import type { ExternalIds } from './external-ids';
import type { Field } from './fields';
import { CellError } from './load-message';
import { Table } from './table';
import { isDate, isZone, parseDatetime, toUtc } from './timestamps';

/** How a related record is named in a cell: by name, by external id, by database id. */
export type Subfield = 'name' | 'id' | '.id';

/** What a cell becomes, and what Odoo says about it although it goes on. */
export interface Cell {
  readonly value: Json;
  readonly problems?: readonly CellError[];
  readonly warnings?: readonly string[];
}

/** Converts cells as `ir.fields.converter` does. */
export interface CellDeps {
  readonly env: CallEnv;
  readonly xids: ExternalIds;
  readonly module: string;
  /** Stores the rows read so far, when one of them may be what a cell refers to. */
  readonly flush: (wanted: { readonly xid?: string; readonly model?: string }) => void;
}

const TRUE = new Set(['1', 'true', 'yes']);
const FALSE = new Set(['', '0', 'false', 'no']);

/** One cell that is not empty; an empty one is false without being looked at. */
export function convertCell(field: Field, subfield: Subfield, text: string, deps: CellDeps): Cell {
  if (field.type === 'many2one') return reference(field, subfield, text, deps);
  if (field.type === 'many2many') return references(field, subfield, text, deps);
  if (field.type === 'boolean') return booleanCell(text);
  if (field.type === 'integer') return { value: integerCell(text) };
  if (field.type === 'float' || field.type === 'monetary') return { value: floatCell(text) };
  if (field.type === 'date') return { value: dateCell(text) };
  if (field.type === 'datetime') return { value: datetimeCell(text, deps.env) };
  if (field.type === 'selection') return { value: selectionCell(field, text) };
  return { value: text };
}

function booleanCell(text: string): Cell {
  if (TRUE.has(text.toLowerCase())) return { value: true };
  if (FALSE.has(text.toLowerCase())) return { value: false };
  const problem = new CellError(
    `Unknown value '${text}' for boolean field '%(field)s'`,
    "Use '1' for yes and '0' for no",
  );
  return { value: true, problems: [problem] };
}

function integerCell(text: string): number {
  if (/^\s*[+-]?\d+\s*$/.test(text)) return Number(text);
  throw new CellError(`'${text}' does not seem to be an integer for field '%(field)s'`);
}

function floatCell(text: string): number {
  const number = text.trim() === '' ? NaN : Number(text);
  if (!Number.isNaN(number)) return number;
  throw new CellError(`'${text}' does not seem to be a number for field '%(field)s'`);
}

function dateCell(text: string): string {
  if (isDate(text.slice(0, 10))) return text.slice(0, 10);
  throw new CellError(
    `'${text}' does not seem to be a valid date for field '%(field)s'`,
    "Use the format '2012-12-31'",
  );
}

/** In the context's time zone, else in the user's, else in UTC: a client that forgets to say UTC shifts every moment. */
function datetimeCell(text: string, { context, user }: CallEnv): string {
  const parsed = parseDatetime(text);
  if (parsed === undefined)
    throw new CellError(
      `'${text}' does not seem to be a valid datetime for field '%(field)s'`,
      "Use the format '2012-12-31 23:59:59'",
    );
  const zone = [context.tz, user.tz].find((candidate) => candidate !== undefined && isZone(candidate));
  return zone === undefined ? parsed : toUtc(parsed, zone);
}

function selectionCell(field: Field, text: string): string {
  if (field.selection === undefined) return text;
  const wanted = text.toLowerCase();
  const found = field.selection.find(([key, label]) => key.toLowerCase() === wanted || label.toLowerCase() === wanted);
  if (found !== undefined) return found[0];
  const labels = field.selection.map(([, label]) => label);
  throw new CellError(`Value '${text}' not found in selection field '%(field)s'`, labels);
}

function references(field: Field, subfield: Subfield, text: string, deps: CellDeps): Cell {
  const cells = text.split(',').map((part) => reference(field, subfield, part, deps));
  const ids = cells.flatMap(({ value }) => (value === false ? [] : [value]));
  return { value: [[6, 0, ids]], warnings: cells.flatMap(({ warnings = [] }) => warnings) };
}

function reference(field: Field, subfield: Subfield, text: string, deps: CellDeps): Cell {
  const relation = field.relation ?? '';
  if (subfield === 'name') return byName(relation, text, deps);
  if (booleanCell(text).value === false) return { value: false };
  const id = subfield === '.id' ? byDatabaseId(relation, text, deps) : byExternalId(relation, text, deps);
  if (id === undefined) throw notFound(subfield === '.id' ? 'database id' : 'external id', text);
  return { value: id };
}

/** Odoo 18 searches, so that archived records are found with `active_test` false only; Odoo 19 looks by id. */
function byDatabaseId(relation: string, text: string, { env }: CellDeps): number | undefined {
  if (!/^\s*[+-]?\d+\s*$/.test(text)) throw new CellError(`Invalid database id '${text}' for the field '%(field)s'`);
  const id = Number(text);
  const table = new Table(relation, { ...env, isChecked: false });
  const found = env.store.version === 18 ? table.search([['id', '=', id]]) : table.browse([id]);
  return found[0]?.id;
}

function byExternalId(relation: string, text: string, { env, xids, module, flush }: CellDeps): number | undefined {
  const xid = text.includes('.') ? text : `${module}.${text}`;
  flush({ xid });
  const target = xids.find(xid);
  if (target === undefined || env.store.records.get(target.model, target.resId) === undefined) return undefined;
  if (target.model === relation) return target.resId;
  throw new CellError(`Invalid external ID ${xid}: expected model '${relation}', found '${target.model}'`);
}

function byName(relation: string, text: string, { env, flush }: CellDeps): Cell {
  flush({ model: relation });
  const table = new Table(relation, { ...env, isChecked: false });
  const found = table.search([]).filter(({ id }) => table.nameOf(id) === text);
  const [first] = found;
  if (first === undefined) throw notFound('name', text);
  if (found.length === 1) return { value: first.id };
  const warning = `Found multiple matches for value "${text}" in field "%(field)s" (${found.length} matches)`;
  return { value: first.id, warnings: [warning] };
}

function notFound(kind: string, text: string): CellError {
  return new CellError(`No matching record found for ${kind} '${text}' in field '%(field)s'`);
}
