import type { Json, JsonObject } from '../json-write';
import { isList, textOf } from './call-context';
import type { CallEnv } from './call-env';
import { convertCell, type CellDeps, type Subfield } from './cells';
import type { Field } from './fields';
import { CellError, cellMessage, rowMessage, type LoadMessage, type RowInfo } from './load-message';
import type { Model } from './models';
import { pythonError } from './odoo-error';
import { Table } from './table';

/** What a column holds: the record's own ids, or a field. */
export type Column =
  | { readonly kind: 'xid' }
  | { readonly kind: 'dbid' }
  | { readonly kind: 'field'; readonly field: Field; readonly subfield: Subfield };

/** One row, converted: ready to be stored. */
export interface LoadRow {
  readonly xid: string | undefined;
  readonly dbid: number | undefined;
  readonly values: JsonObject;
  readonly info: RowInfo;
}

/** `id`, `.id`, `name`, `country_id/.id`, `category_id/id`; an unknown name raises, as a dictionary does. */
export function parseColumns(model: Model, names: readonly Json[]): Column[] {
  return names.map((name) => {
    const [first = '', ...rest] = textOf(name)
      .replace(/([^/])\.id/, '$1/.id')
      .replace(/([^/]):id/, '$1/id')
      .split('/');
    if (first === 'id') return { kind: 'xid' };
    if (first === '.id') return { kind: 'dbid' };
    const field = model.fields.get(first);
    if (field === undefined) throw pythonError('KeyError', first);
    const [subfield = 'name'] = rest;
    if (field.type === 'one2many') throw pythonError('NotImplementedError', `not simulated: load of ${first}`);
    if (subfield !== 'name' && subfield !== 'id' && subfield !== '.id')
      throw pythonError('NotImplementedError', `not simulated: column ${textOf(name)}`);
    return { kind: 'field', field, subfield };
  });
}

/** Converts one row; what is wrong with it is logged, and it goes on. */
export function convertRow({ model, columns, env, log }: RowScope, row: Json, index: number, deps: CellDeps): LoadRow {
  const info: RowInfo = { rows: { from: index, to: index }, record: index };
  const cells = isList(row) ? row : [];
  const values: Record<string, Json> = {};
  let xid: string | undefined;
  let dbid: number | undefined;
  for (const [at, column] of columns.entries()) {
    const cell = cells[at] ?? false;
    if (column.kind === 'xid') xid = cell === false || cell === '' ? undefined : textOf(cell);
    else if (column.kind === 'dbid') dbid = databaseId(model, cell, env, (rest) => log(rowMessage(info, rest)));
    else fill(values, column, cell, deps, (type, problem) => log(cellMessage(info, type, column.field, problem)));
  }
  return { xid, dbid, values, info };
}

/** What rows are converted for. */
export interface RowScope {
  readonly model: Model;
  readonly columns: readonly Column[];
  readonly env: CallEnv;
  readonly log: (message: LoadMessage) => void;
}

type Say = (type: 'error' | 'warning', problem: { readonly message: string; readonly more?: Json }) => void;

function fill(
  values: Record<string, Json>,
  { field, subfield }: { readonly field: Field; readonly subfield: Subfield },
  cell: Json,
  deps: CellDeps,
  say: Say,
): void {
  if (cell === '' || cell === false || cell === null || cell === 0) {
    values[field.name] = false;
    return;
  }
  if (typeof cell !== 'string') throw pythonError('AttributeError', `'${typeof cell}' object has no attribute 'lower'`);
  try {
    const { value, problems = [], warnings = [] } = convertCell(field, subfield, cell, deps);
    values[field.name] = value;
    for (const problem of problems) say('error', problem);
    for (const message of warnings) say('warning', { message });
  } catch (error) {
    if (!(error instanceof CellError)) throw error;
    say('error', error);
  }
}

/** The record's own database id; archived records are unknown unless the context shows them. */
function databaseId(model: Model, cell: Json, env: CallEnv, log: (rest: JsonObject) => void): number | undefined {
  const id = cell === '' || cell === false ? NaN : Number(cell);
  const found = Number.isInteger(id) && new Table(model.name, env).search([['id', '=', id]]).length > 0;
  if (found) return id;
  log({ field: '.id', message: `Unknown database identifier '${textOf(cell)}'` });
  return undefined;
}
