import { AskOdoo } from '../odoo-http';
import { CallRpc, RpcAccess } from './rpc-call';
import { httpFailure } from './rpc-failure';

/** `POST /json/2/<model>/<method>`: what Odoo speaks from 19. A bare result, real statuses, one transaction a call. */
export function json2(ask: AskOdoo, { system, url }: RpcAccess): CallRpc {
  return async ({ model, method, ids, args = {}, context }, signal) => {
    const body = { ...args, ...(ids === undefined ? {} : { ids }), ...(context === undefined ? {} : { context }) };
    const { response, json } = await ask({ method: 'POST', path: `/json/2/${model}/${method}`, body, signal });
    if (response.status !== 200 || json === undefined) throw httpFailure(system, url, response, json);
    return json;
  };
}
