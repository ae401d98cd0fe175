import { CallRpc, connectRpc, odooRecords, OdooRecords, RpcAccess } from '@bridgecore/odoo';
import { AWAY_TO_WRITES, Breaker } from './breaker';
import { PauseOptions, retryAfterHeeded } from './pause';

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
