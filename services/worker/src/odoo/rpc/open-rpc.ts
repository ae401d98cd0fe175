import { DeclaredSystem } from '@bridgecore/contracts';
import { expandEnvironment } from '@bridgecore/runtime';
import { AWAY_TO_WRITES, Breaker } from '../breaker';
import { PauseOptions, retryAfterHeeded } from '../pause';
import { connectRpc } from './connect';
import { odooRecords, OdooRecords } from './odoo-records';
import { CallRpc, RpcAccess } from './rpc-call';

/** An Odoo's records for one run, and what is known of it. */
export interface OpenRpc {
  readonly records: OdooRecords;
  readonly version: string;
  /** Our own user's id. */
  readonly uid: number;
  /** Its clock, in UTC and Odoo's spelling. */
  readonly time: string;
}

/** How the calls of one run are guarded: reads are broken off by the signal, writes go through. */
export interface RpcOptions {
  readonly pause: PauseOptions;
  readonly signal: AbortSignal;
}

/** What opens an Odoo's RPC for a run. */
export type OpenOdoo = (options: RpcOptions) => Promise<OpenRpc>;

/** What opens the RPC of a declared system; undefined when no credentials for it are declared. */
export function rpcAccess(system: DeclaredSystem, timeoutMs: number): RpcAccess | undefined {
  const { id, url, db, username, api_key } = system;
  if (api_key === undefined) return undefined;
  return { system: id, url, db, username, apiKey: expandEnvironment(api_key), timeoutMs };
}

/** RPC behind the system's breaker, heeding `Retry-After`; opening it proves that the credentials are good. */
export function rpcOpener(access: RpcAccess, breaker: Breaker): OpenOdoo {
  return async ({ pause, signal }) => {
    const heeding = retryAfterHeeded(pause);
    const guarded = <T>(call: () => Promise<T>): Promise<T> => heeding(() => breaker.run(AWAY_TO_WRITES, call));
    const connection = await guarded(() => connectRpc(access, signal));
    const call: CallRpc = (asked, bound) => guarded(() => connection.call(asked, bound));
    const records = odooRecords(call, signal);
    const { version, time } = connection;
    return { records, version, time, uid: await records.currentUser() };
  };
}
