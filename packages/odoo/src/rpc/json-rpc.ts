import { isRecord } from '@bridgecore/contracts';
import { OdooFailure } from '../odoo-failure';
import { AskOdoo } from '../odoo-http';
import { CallRpc, RpcAccess } from './rpc-call';
import { denied, httpFailure, rpcFailure } from './rpc-failure';

/** `execute_kw` over `POST /jsonrpc`: what Odoo up to 18 speaks. Every error of the application comes with status 200. */
export function jsonRpc(ask: AskOdoo, access: RpcAccess): CallRpc {
  const { system, db, username, apiKey } = access;
  if (db === undefined || username === undefined) {
    const fields = 'ODOO_DB and ODOO_USERNAME, or db and username in SYSTEMS_FILE';
    throw new OdooFailure(
      'denied',
      `${system} is no Odoo 19: for its RPC a database and a user are needed (${fields}).`,
    );
  }
  let uid: number | undefined;
  const authenticate = async (signal?: AbortSignal): Promise<number> => {
    const found = await service(ask, access, 'common', 'authenticate', [db, username, apiKey, {}], signal);
    if (typeof found !== 'number') throw denied(system, `it does not know user "${username}" with this key`);
    return found;
  };
  return async ({ model, method, ids, args = {}, context }, signal) => {
    uid ??= await authenticate(signal);
    const named = context === undefined ? args : { ...args, context };
    const positional = ids === undefined ? [] : [ids];
    return service(ask, access, 'object', 'execute_kw', [db, uid, apiKey, model, method, positional, named], signal);
  };
}

/** One request of a service; `result` is absent where a method returns nothing (`rpc-method-returning-none`). */
export async function service(
  ask: AskOdoo,
  { system, url }: Pick<RpcAccess, 'system' | 'url'>,
  name: 'common' | 'object',
  method: string,
  args: readonly unknown[],
  signal?: AbortSignal,
): Promise<unknown> {
  const body = { jsonrpc: '2.0', method: 'call', params: { service: name, method, args }, id: 1 };
  const { response, json } = await ask({ method: 'POST', path: '/jsonrpc', body, signal });
  if (response.status !== 200 || !isRecord(json)) throw httpFailure(system, url, response, json);
  const { error, result } = json;
  if (error === undefined) return result;
  const data = isRecord(error) && isRecord(error['data']) ? error['data'] : {};
  throw rpcFailure(system, data);
}
