import type { Json } from '../json-write';
import type { CallEnv, Row } from './call-env';
import { isId, isList } from './call-context';
import { compare } from './comparison';
import { compileDomain, tuple, type LeafCompiler } from './domain';
import { isToMany, type Field } from './fields';
import type { Model } from './models';
import { pythonError } from './odoo-error';
import type { Reader } from './reader';

type RowTest = (row: Row) => boolean;

/** A domain as a test of rows; unknown fields and operators raise what Odoo raises. */
export function compileForModel(domain: Json, model: Model, reader: Reader, env: CallEnv): RowTest {
  const compile: LeafCompiler = (path, operator, value, leaf) => {
    const test = leafTest({ model, reader, env, leaf }, path.split('.'), operator, value);
    return (state) => test({ id: state['id'] as number, state });
  };
  const predicate = compileDomain(domain, compile);
  return ({ state }) => predicate(state);
}

interface Scope {
  readonly model: Model;
  readonly reader: Reader;
  readonly env: CallEnv;
  readonly leaf: readonly Json[];
}

function leafTest(scope: Scope, path: readonly string[], operator: string, value: Json): RowTest {
  const { model, reader, env, leaf } = scope;
  const [name = '', ...rest] = path;
  const field = model.fields.get(name);
  if (field === undefined) {
    const kind = env.store.version === 18 ? 'leaf' : 'condition';
    throw pythonError('ValueError', `Invalid field ${model.name}.${name} in ${kind} ${tuple(leaf)}`);
  }
  if (rest.length > 0) return throughRelation(scope, field, rest, operator, value);
  if (operator === 'child_of') return childOf(scope, field, value);
  if (field.type === 'many2one') return manyToOne(field, operator, value, scope);
  if (isToMany(field)) return toMany(field, operator, value, scope);
  const test = compare(field, operator, value, env.store.version);
  return (row) => test(reader.plain(model, row, field));
}

/** `country_id.code`: true when one of the related records passes. */
function throughRelation(scope: Scope, field: Field, rest: readonly string[], operator: string, value: Json): RowTest {
  const { env, reader } = scope;
  const related = env.store.models.get(field.relation ?? '');
  const test = leafTest({ ...scope, model: related }, rest, operator, value);
  return (row) =>
    idsOf(row, field, reader).some((id) => {
      const state = env.store.records.get(related.name, id);
      return state !== undefined && test({ id, state });
    });
}

function manyToOne(field: Field, operator: string, value: Json, { reader, env }: Scope): RowTest {
  const isByName = typeof value === 'string' || (isList(value) && value.some((item) => typeof item === 'string'));
  const asText: Field = { ...field, type: 'char' };
  const asNumber: Field = { ...field, type: 'many2one' };
  const test = compare(isByName ? asText : asNumber, operator, value, env.store.version);
  if (isByName || operator.endsWith('like')) return (row) => test(reader.linkName(row, field));
  return (row) => test(reader.linkedId(row, field));
}

/** `=` and `in` ask whether one of them is there; false asks for none. */
function toMany(field: Field, operator: string, value: Json, { reader }: Scope): RowTest {
  const isNegative = operator.startsWith('not') || operator === '!=';
  const wanted = isList(value) ? value : [value];
  const isFound: RowTest = (row) => {
    const ids = reader.relatedIds(row, field);
    if (wanted.includes(false) && ids.length === 0) return true;
    return ids.some((id) => wanted.some((item) => isMeant(reader, field, id, item, operator)));
  };
  return isNegative ? (row) => !isFound(row) : isFound;
}

function isMeant(reader: Reader, field: Field, id: number, item: Json, operator: string): boolean {
  if (typeof item !== 'string') return item === id;
  const name = reader.nameOf(field.relation ?? '', id) ?? '';
  return operator.endsWith('like') ? name.toLowerCase().includes(item.toLowerCase()) : name === item;
}

/** The record itself, or one that lies below it by `parent_id`. */
function childOf({ model, reader, env }: Scope, field: Field, value: Json): RowTest {
  const tops = new Set((isList(value) ? value : [value]).filter(isId));
  const tree = env.store.models.get(field.name === 'id' ? model.name : (field.relation ?? ''));
  const parent = tree.fields.get('parent_id');
  const isBelow = (id: number, depth = 0): boolean => {
    if (tops.has(id)) return true;
    const state = env.store.records.get(tree.name, id);
    if (state === undefined || parent === undefined || depth > 100) return false;
    const above = reader.linkedId({ id, state }, parent);
    return above !== false && isBelow(above, depth + 1);
  };
  return (row) => (field.name === 'id' ? [row.id] : idsOf(row, field, reader)).some((id) => isBelow(id));
}

function idsOf(row: Row, field: Field, reader: Reader): number[] {
  if (isToMany(field)) return reader.relatedIds(row, field);
  const id = reader.linkedId(row, field);
  return id === false ? [] : [id];
}
