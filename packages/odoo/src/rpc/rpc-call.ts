import { JsonRecord } from '@bridgecore/contracts';

/** One call of a model's method. Arguments go by the names that they have in Odoo's Python, so that they fit both transports. */
export interface RpcCall {
  readonly model: string;
  readonly method: string;
  /** The records that the method is called on; a model's own method has none. */
  readonly ids?: readonly number[];
  readonly args?: JsonRecord;
  readonly context?: JsonRecord;
}

/** A transport of Odoo's external RPC; gives the method's result, or fails with an `OdooFailure` that carries Odoo's message. */
export type CallRpc = (call: RpcCall, signal?: AbortSignal) => Promise<unknown>;

/** Where one Odoo's RPC is, and what opens it. */
export interface RpcAccess {
  readonly system: string;
  readonly url: string;
  readonly db: string | undefined;
  readonly username: string | undefined;
  readonly apiKey: string;
  readonly timeoutMs: number;
}
