import type { Json, JsonObject } from '../json-write';
import { NOT_ALLOWED } from '../pages';
import { isList, isObject, textOf } from './call-context';
import { errorBody, OdooError, pythonError } from './odoo-error';
import { htmlReply, jsonReply, type RpcReply, type RpcRequest } from './rpc-reply';
import type { RpcService } from './rpc-service';

const WRONG_TYPE = `<!doctype html>
<html lang=en>
<title>400 Bad Request</title>
<h1>Bad Request</h1>
<p>Request inferred type is compatible with [&#39;http&#39;] but &#39;/jsonrpc&#39; is type=&#39;json&#39;.</p>
`;

/** `POST /jsonrpc`: status 200 for every error of the application, 400 for what is no JSON-RPC (`rpc-protocol-*`). */
export async function answerJsonRpc(request: RpcRequest, service: RpcService): Promise<RpcReply> {
  if (request.method !== 'POST') return htmlReply(405, NOT_ALLOWED, { Allow: 'POST, OPTIONS' });
  if (!isJson(request.headers['content-type'])) return htmlReply(400, WRONG_TYPE);
  const body = parse(request.body);
  if (body === undefined) return htmlReply(400, 'Invalid JSON data');
  if (!isObject(body)) return htmlReply(400, 'Invalid JSON-RPC data');
  const { id = null } = body;
  try {
    const result = await dispatch(isObject(body['params']) ? body['params'] : {}, service);
    return jsonReply(200, { jsonrpc: '2.0', id, result }); // without a `result` when it is None
  } catch (error) {
    if (!(error instanceof OdooError)) throw error;
    const data = errorBody(error);
    return jsonReply(200, { jsonrpc: '2.0', id, error: { code: 200, message: 'Odoo Server Error', data } });
  }
}

async function dispatch(params: JsonObject, service: RpcService): Promise<Json | undefined> {
  const lacking = ['service', 'method', 'args'].filter((name) => params[name] === undefined);
  if (lacking.length > 0) throw missingArguments(lacking);
  const { service: name, method } = params;
  const args = isList(params['args']) ? params['args'] : [];
  if (name === 'common') return common(textOf(method), args, service);
  if (name === 'object') return object(textOf(method), args, service);
  throw pythonError('KeyError', textOf(name));
}

function common(method: string, args: readonly Json[], service: RpcService): Json {
  if (method === 'version') return versionOf(service);
  if (method !== 'authenticate' && method !== 'login') throw pythonError('Exception', `Method not found: ${method}`);
  const [database, login, key] = args;
  service.checkDatabase(database);
  return service.authenticate(login, key)?.id ?? false;
}

function versionOf({ version }: RpcService): Json {
  const serie = `${version}.0`;
  const info = [version, 0, 0, 'final', 0, ''];
  return { server_version: serie, server_version_info: info, server_serie: serie, protocol_version: 1 };
}

async function object(name: string, args: readonly Json[], service: RpcService): Promise<Json | undefined> {
  if (name !== 'execute_kw' && name !== 'execute') throw pythonError('NameError', `Method not available ${name}`);
  const [database, uid, key, model, method, ...rest] = args;
  service.checkDatabase(database);
  const user = service.login(uid, key);
  const [positional, named] = name === 'execute' ? [rest, {}] : [rest[0], rest[1]];
  const list = isList(positional) ? positional : [];
  return service.execute(user, textOf(model), textOf(method), list, isObject(named) ? named : {});
}

function missingArguments(names: readonly string[]): OdooError {
  const quoted = names.map((name) => `'${name}'`);
  const last = quoted.pop() ?? '';
  const joined = quoted.length === 0 ? last : `${quoted.join(', ')}${quoted.length > 1 ? ',' : ''} and ${last}`;
  const arguments_ = `argument${names.length > 1 ? 's' : ''}`;
  return pythonError('TypeError', `RPC.jsonrpc() missing ${names.length} required positional ${arguments_}: ${joined}`);
}

function isJson(type: string | string[] | undefined): boolean {
  return typeof type === 'string' && /^application\/json(-rpc)?\s*(;|$)/.test(type);
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
