import type { FakeOdoo, Json, JsonObject } from '../src/fake-odoo/index';
import { ask, capture, type Answer } from './fake-odoo-help';

/** A capture of RPC; `raw_body` where the bytes matter. */
export interface RpcCapture {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Record<string, string>;
    readonly body?: Json;
    readonly raw_body?: string;
  };
  readonly response: { readonly status: number; readonly body: Json };
}

/** Sends a captured request again, with its placeholders as keys. */
export function replay(odoo: FakeOdoo, name: string): Promise<Answer> {
  const { request } = capture<RpcCapture>(name);
  const { method, path, body, raw_body: raw } = request;
  const { headers = { 'Content-Type': 'application/json' } } = request; // one capture leaves out what it was sent with
  const text = raw ?? (typeof body === 'string' ? body : JSON.stringify(body));
  return ask(odoo.url + path, { method, headers, body: method === 'GET' ? '' : text });
}

/** What an answer says, without what belongs to the machine it was captured on. */
export function essence({ status, body }: { readonly status: number; readonly body: Json }): unknown {
  const parsed = typeof body === 'string' ? parse(body) : body;
  const text = JSON.stringify(parsed, (key, value: unknown) => (key === 'debug' ? typeof value : value));
  return { status, body: JSON.parse(text.replaceAll('/var/run/postgresql/.s.PGSQL.5432', '<PGSOCKET>')) as unknown };
}

function parse(body: string): Json {
  try {
    return JSON.parse(body) as Json;
  } catch {
    return body;
  }
}

/** What a call by `/jsonrpc` came to. */
export interface Outcome {
  readonly result?: Json;
  readonly error?: { readonly name: string; readonly message: string };
}

/** Calls as the user of a bridge does, by `/jsonrpc`. */
export async function rpc(
  odoo: FakeOdoo,
  model: string,
  method: string,
  { args = [], kwargs = {}, uid = 6, key = 'k' }: { args?: Json; kwargs?: JsonObject; uid?: number; key?: string } = {},
): Promise<Outcome> {
  const params = { service: 'object', method: 'execute_kw', args: ['odoo', uid, key, model, method, args, kwargs] };
  const body = JSON.stringify({ jsonrpc: '2.0', method: 'call', params, id: 1 });
  const answer = await ask(`${odoo.url}/jsonrpc`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
  });
  const { result, error } = JSON.parse(answer.body) as {
    result?: Json;
    error?: { data: { name: string; message: string } };
  };
  if (error === undefined) return result === undefined ? {} : { result };
  return { error: { name: error.data.name, message: error.data.message } };
}

/** What `load` answers. */
export interface Loaded {
  readonly ids: number[] | false;
  readonly messages: readonly {
    readonly type: string;
    readonly message: string;
    readonly record?: number;
    readonly field?: string;
    readonly rows?: { readonly from: number; readonly to: number };
  }[];
  readonly nextrow: number;
}

export async function load(
  odoo: FakeOdoo,
  fields: readonly string[],
  data: readonly (readonly Json[])[],
  { model = 'res.partner', context = {} }: { readonly model?: string; readonly context?: JsonObject } = {},
): Promise<Loaded> {
  const { result, error } = await rpc(odoo, model, 'load', { kwargs: { fields, data, context } });
  if (error !== undefined) throw new Error(`${error.name}: ${error.message}`);
  return result as unknown as Loaded;
}

/** The ids that a domain finds, in their order. */
export async function found(odoo: FakeOdoo, domain: Json, kwargs: JsonObject = {}): Promise<Json | undefined> {
  return (await rpc(odoo, 'res.partner', 'search', { kwargs: { domain, order: 'id', ...kwargs } })).result;
}
