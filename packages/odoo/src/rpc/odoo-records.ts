import { isRecord, JsonRecord, kindOf, OdooDomain } from '@bridgecore/contracts';
import { OdooFailure } from '../odoo-failure';
import { loadRecords } from './load';
import { Created, FieldValue, NewRecord } from './new-record';
import { CallRpc } from './rpc-call';

/** A record as RPC reads it: many2one `[id, name]` or `false`, x2many lists of ids, `false` where there is no value. */
export type OdooRecord = JsonRecord & { readonly id: number };

/** A field as `fields_get` describes it. */
export interface FieldDescription {
  readonly type: string;
  readonly store: boolean;
  readonly readonly: boolean;
  readonly required: boolean;
  /** It depends on other fields; it may be writable all the same. */
  readonly isComputed: boolean;
  readonly relation?: string;
}

/** Which records, which of their fields, in what order and how many. */
export interface SearchOptions {
  readonly domain: OdooDomain;
  readonly fields: readonly string[];
  readonly order?: string;
  readonly limit?: number;
}

/** The records of one Odoo. Archived ones count as any other; times are UTC. Fails with `OdooFailure`. */
export interface OdooRecords {
  fieldsGet(model: string): Promise<ReadonlyMap<string, FieldDescription>>;
  searchRead(model: string, options: SearchOptions): Promise<OdooRecord[]>;
  searchCount(model: string, domain: OdooDomain): Promise<number>;
  /** Those that are there, in no promised order; missing ones are left out. */
  readRecords(model: string, ids: readonly number[], fields: readonly string[]): Promise<OdooRecord[]>;
  /** One answer for each, in their order. Each is created in the transaction that makes its external id known. */
  createRecords(model: string, records: readonly NewRecord[]): Promise<Created[]>;
  /** The same values for all of them, in one transaction; `missing` when one is not there. */
  writeRecords(model: string, ids: readonly number[], values: readonly FieldValue[]): Promise<void>;
  /** The id of the user that we are. */
  currentUser(): Promise<number>;
}

/** Odoo hides archived records unless it is told otherwise, also from itself when it resolves a relation. */
const CONTEXT = { active_test: false };

const ATTRIBUTES = ['type', 'store', 'readonly', 'required', 'relation', 'depends'];

/** The records of the Odoo that `call` reaches. */
export function odooRecords(call: CallRpc, signal?: AbortSignal): OdooRecords {
  const read = (model: string, method: string, args: JsonRecord, ids?: readonly number[]): Promise<unknown> =>
    call({ model, method, args, context: CONTEXT, ...(ids === undefined ? {} : { ids }) }, signal);
  return {
    fieldsGet: async (model) => fieldsOf(await read(model, 'fields_get', { attributes: ATTRIBUTES })),
    searchRead: async (model, { domain, fields, order, limit }) => {
      const page = { ...(order === undefined ? {} : { order }), ...(limit === undefined ? {} : { limit }) };
      return recordsOf(await read(model, 'search_read', { domain, fields, ...page }));
    },
    searchCount: async (model, domain) => {
      const count = await read(model, 'search_count', { domain });
      if (typeof count !== 'number') throw unexpected('search_count', count);
      return count;
    },
    readRecords: async (model, ids, fields) =>
      ids.length === 0 ? [] : recordsOf(await read(model, 'read', { fields, load: '_classic_read' }, ids)),
    createRecords: (model, records) => loadRecords(call, model, records),
    writeRecords: async (model, ids, values) => {
      const vals = Object.fromEntries(values.map((value) => [value.field, written(value)]));
      await call({ model, method: 'write', ids, args: { vals }, context: CONTEXT });
    },
    currentUser: async () => {
      const context = await read('res.users', 'context_get', {});
      const uid = isRecord(context) ? context['uid'] : undefined;
      if (typeof uid !== 'number') throw unexpected('context_get', context);
      return uid;
    },
  };
}

/** A many2many is replaced as a whole. */
function written({ type, value }: FieldValue): unknown {
  return type === 'many2many' ? [[6, 0, value]] : value;
}

function recordsOf(answer: unknown): OdooRecord[] {
  const isOne = (item: unknown): item is OdooRecord => isRecord(item) && Number.isInteger(item['id']);
  if (!Array.isArray(answer) || !answer.every(isOne)) throw unexpected('a read', answer);
  return answer;
}

function fieldsOf(answer: unknown): ReadonlyMap<string, FieldDescription> {
  if (!isRecord(answer)) throw unexpected('fields_get', answer);
  return new Map(
    Object.entries(answer).flatMap(([name, described]) => {
      if (!isRecord(described) || typeof described['type'] !== 'string') return [];
      const { type, relation, store, readonly, required, depends } = described;
      const isComputed = Array.isArray(depends) && depends.length > 0;
      const flags = { store: store === true, readonly: readonly === true, required: required === true, isComputed };
      return [[name, { type, ...flags, ...(typeof relation === 'string' ? { relation } : {}) }]];
    }),
  );
}

function unexpected(what: string, answer: unknown): OdooFailure {
  return new OdooFailure('refused', `Odoo answered ${what} with ${kindOf(answer)}.`);
}
