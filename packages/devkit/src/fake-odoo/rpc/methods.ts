import type { Json, JsonObject } from '../json-write';
import { isId, isList, isObject } from './call-context';
import type { CallEnv } from './call-env';
import { describeField } from './fields';
import { load } from './load';
import { pythonError } from './odoo-error';
import { mayDo, refusal, type Operation } from './access';
import { Table } from './table';

/** The arguments of a call by name, and the ids it is about. */
export interface MethodCall {
  readonly model: string;
  readonly ids: readonly number[];
  readonly args: Readonly<Record<string, Json | undefined>>;
  readonly env: CallEnv;
}

/** A method that can be called by RPC; undefined is Python's None. */
export interface Method {
  /** True when its first argument are the ids of the records it is about. */
  readonly takesIds: boolean;
  readonly parameters: readonly string[];
  readonly required: number;
  run(call: MethodCall): Json | undefined;
}

const METHODS: Readonly<Record<string, Method>> = {
  search: model(['domain', 'offset', 'limit', 'order'], 1, (call) => searchRows(call).map(({ id }) => id)),
  search_count: model(['domain', 'limit'], 1, ({ model, args, env }) => countRows(new Table(model, env), args)),
  search_read: model(['domain', 'fields', 'offset', 'limit', 'order'], 0, searchRead),
  create: model(['vals_list'], 1, create),
  fields_get: model(['allfields', 'attributes'], 0, fieldsGet),
  name_search: model(['name', 'args', 'operator', 'limit'], 0, nameSearch),
  load: model(['fields', 'data'], 2, ({ model, args, env }) =>
    load(model, list(args['fields']), list(args['data']), env),
  ),
  check_access_rights: model(['operation', 'raise_exception'], 1, checkAccess),
  has_access: model(['operation'], 1, ({ model, args, env }) => mayDo(env.user, model, operation(args['operation']))),
  read: records(['fields', 'load'], 0, read),
  write: records(['vals'], 1, write),
  unlink: records([], 0, ({ model, ids, env }) => (new Table(model, env).unlink(ids), true)),
};

/** `res.users` only. */
const CONTEXT_GET = model([], 0, ({ env }) => ({ lang: 'en_US', tz: env.user.tz ?? false, uid: env.user.id }));

/** Undefined when the model has no such method. */
export function methodOf(modelName: string, name: string): Method | undefined {
  if (name === 'context_get') return modelName === 'res.users' ? CONTEXT_GET : undefined;
  return Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
}

function model(parameters: readonly string[], required: number, run: Method['run']): Method {
  return { takesIds: false, parameters, required, run };
}

function records(parameters: readonly string[], required: number, run: Method['run']): Method {
  return { takesIds: true, parameters, required, run };
}

function searchRows({ model, args, env }: MethodCall): ReturnType<Table['search']> {
  return new Table(model, env).search(args['domain'] ?? [], {
    offset: count(args['offset']),
    limit: count(args['limit']),
    order: typeof args['order'] === 'string' && args['order'] !== '' ? args['order'] : undefined,
  });
}

function countRows(table: Table, args: MethodCall['args']): number {
  return Math.min(table.count(args['domain'] ?? []), count(args['limit']) ?? Infinity);
}

function searchRead(call: MethodCall): Json {
  return new Table(call.model, call.env).read(searchRows(call), names(call.args['fields']));
}

function read({ model, ids, args, env }: MethodCall): Json {
  const table = new Table(model, env);
  return table.read(table.browse(ids), names(args['fields']));
}

function create({ model, args, env }: MethodCall): Json {
  const table = new Table(model, env);
  const given = args['vals_list'];
  return isList(given) ? given.map((values) => table.create(dict(values))) : table.create(dict(given));
}

function write({ model, ids, args, env }: MethodCall): Json {
  new Table(model, env).write(ids, dict(args['vals']));
  return true;
}

/** Who may not write a model sees all its fields as read-only. */
function fieldsGet({ model, args, env }: MethodCall): Json {
  const isReadOnly = !mayDo(env.user, model, 'write') && !mayDo(env.user, model, 'create');
  const wanted = isList(args['allfields']) && args['allfields'].length > 0 ? new Set(args['allfields']) : undefined;
  const attributes = isList(args['attributes']) && args['attributes'].length > 0 ? args['attributes'] : undefined;
  const fields = [...env.store.models.get(model).fields.values()].filter(({ name }) => wanted?.has(name) ?? true);
  const seen = isReadOnly ? fields.map((field) => ({ ...field, readonly: true })) : fields;
  return Object.fromEntries(seen.map((field) => [field.name, describeField(field, attributes)]));
}

function nameSearch({ model, args, env }: MethodCall): Json {
  const table = new Table(model, env);
  const wanted = typeof args['name'] === 'string' ? args['name'].toLowerCase() : '';
  const isMeant = (name: string): boolean =>
    args['operator'] === '=' ? name.toLowerCase() === wanted : name.toLowerCase().includes(wanted);
  const found = table.search(args['args'] ?? []).map(({ id }) => [id, table.nameOf(id)] as const);
  return found.filter(([, name]) => isMeant(name)).slice(0, count(args['limit']) ?? 100);
}

/** Returns nothing when all is well (`rpc-method-returning-none`). */
function checkAccess({ model, args, env }: MethodCall): undefined {
  const wanted = operation(args['operation']);
  const table = new Table(model, env);
  if (!mayDo(env.user, model, wanted)) throw refusal(table.model, wanted, env.store.version);
}

function operation(value: Json | undefined): Operation {
  return value === 'create' || value === 'write' || value === 'unlink' ? value : 'read';
}

function names(value: Json | undefined): string[] {
  return isList(value) ? value.filter((name) => typeof name === 'string') : [];
}

function list(value: Json | undefined): readonly Json[] {
  if (isList(value)) return value;
  throw pythonError('TypeError', 'not a list');
}

function dict(value: Json | undefined): JsonObject {
  if (isObject(value)) return value;
  throw pythonError('AttributeError', `'${typeof value}' object has no attribute 'items'`);
}

/** 0 is no limit, as false and null are. */
function count(value: Json | undefined): number | undefined {
  return isId(value) && value > 0 ? value : undefined;
}
