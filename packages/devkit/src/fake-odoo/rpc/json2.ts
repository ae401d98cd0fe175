import { readJson } from '../json-read';
import type { Json, JsonObject } from '../json-write';
import { PythonError } from '../python';
import { bind, idsOf } from './binding';
import { isObject } from './call-context';
import { errorBody, httpError, OdooError } from './odoo-error';
import { htmlReply, jsonReply, type RpcReply, type RpcRequest } from './rpc-reply';
import type { RpcService } from './rpc-service';
import type { RpcUser } from './rpc-user';

const NO_DATABASE = `<!DOCTYPE html>
<title>404 Not Found</title>
<h1>Not Found</h1>
<p>No database is selected and the requested URL was not found in the server-wide controllers.</p>
<p>Please verify the hostname, <a href=/web/login>login</a> and try again.</p>

<!-- Alternatively, use the X-Odoo-Database header. -->
`;

/** `POST /json/2/<model>/<method>` of Odoo 19: named arguments, a bare result, real statuses (`json2-*`). */
export async function answerJson2(request: RpcRequest, service: RpcService): Promise<RpcReply> {
  if (service.version === 18) return toLogin(request);
  const database = request.headers['x-odoo-database'];
  if (database !== undefined && database !== service.deps.database) return htmlReply(404, NO_DATABASE);
  try {
    return jsonReply(200, (await call(request, service)) ?? null);
  } catch (error) {
    if (!(error instanceof OdooError)) throw error;
    return jsonReply(error.status, errorBody(error), error.status === 401 ? { 'WWW-Authenticate': 'Bearer ' } : {});
  }
}

/** `GET /json/version`. */
export function answerVersion(request: RpcRequest, { version }: RpcService): RpcReply {
  if (version === 18) return toLogin(request);
  return jsonReply(200, { version_info: [version, 0, 0, 'final', 0, ''], version: `${version}.0` });
}

async function call(request: RpcRequest, service: RpcService): Promise<Json | undefined> {
  const [model, method] = request.path.slice('/json/2/'.length).split('/');
  if (request.method !== 'POST' || model === undefined || method === undefined)
    throw httpError('NotFound', 'Did you mean POST /json/2/<model>/<method>?', 404);
  const user = authenticate(request, service);
  const body = parse(request.body);
  if (service.deps.store.models.find(model) === undefined)
    throw httpError('NotFound', `the model '${model}' does not exist`, 404);
  try {
    return await execute({ user, model, method, body }, service);
  } catch (error) {
    const isUnknown = error instanceof OdooError && error.kind === 'builtins.AttributeError';
    throw isUnknown ? httpError('NotFound', `The method '${model}.${method}' does not exist`, 404) : error;
  }
}

interface Call {
  readonly user: RpcUser;
  readonly model: string;
  readonly method: string;
  readonly body: JsonObject;
}

async function execute({ user, model, method: name, body }: Call, service: RpcService): Promise<Json | undefined> {
  const { ids, context, ...named } = body;
  const method = service.method(model, name);
  if (ids !== undefined && !method.takesIds) throw unprocessable(`cannot call ${model}.${name} with ids`);
  const bound = bind(method, [], named);
  if ('problem' in bound) throw unprocessable(bound.problem);
  const result = await service.invoke({
    ...{ user, model, method: name, context: isObject(context) ? context : {} },
    run: (known, env) => known.run({ model, ids: idsOf(ids), args: bound.args, env }),
  });
  return name === 'create' && typeof result === 'number' ? [result] : result; // a recordset is answered as its ids
}

function authenticate({ headers }: RpcRequest, service: RpcService): RpcUser {
  const key = /^bearer\s+(\S+)\s*$/i.exec(headers['authorization']?.toString() ?? '')?.[1];
  if (key === undefined) {
    const text = 'User not authenticated, use an API Key with a Bearer Authorization header.';
    throw httpError('Unauthorized', text, 401);
  }
  const user = service.userByKey(key);
  if (user === undefined) throw httpError('Unauthorized', 'Invalid apikey', 401);
  return user;
}

function parse(text: string): JsonObject {
  const body = readBody(text);
  if (isObject(body)) return body;
  throw unprocessable('the body must be a JSON object');
}

function readBody(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return readSlowly(text);
  }
}

/** For Python's own words about what is wrong. */
function readSlowly(text: string): Json {
  try {
    return readJson(text);
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    throw httpError('BadRequest', `could not parse the body as json: ${error.message}`, 400);
  }
}

function unprocessable(message: string): OdooError {
  return httpError('UnprocessableEntity', message, 422);
}

/** Odoo 18 takes the address for a page of its website (`rpc-protocol-json2-on-18`). */
function toLogin({ path, search }: RpcRequest): RpcReply {
  const target = `/web/login?redirect=${encodeURIComponent(`${path}?${search.replace(/^\?/, '')}`)}`;
  const text = `You should be redirected automatically to the target URL: <a href="${target}">${target}</a>. If not, click the link.`;
  const page = `<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n<p>${text}\n`;
  return htmlReply(303, page, { Location: target });
}
