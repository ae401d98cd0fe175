import { DeclaredSystem } from '@bridgecore/contracts';
import { expandEnvironment } from '@bridgecore/runtime';
import { RpcAccess } from './rpc-call';

/** What opens the RPC of a declared system; undefined when no credentials for it are declared. */
export function rpcAccess(system: DeclaredSystem, timeoutMs: number): RpcAccess | undefined {
  const { id, url, db, username, api_key } = system;
  if (api_key === undefined) return undefined;
  return { system: id, url, db, username, apiKey: expandEnvironment(api_key), timeoutMs };
}
