/** Somebody who may log in by RPC. */
export interface RpcUser {
  /** The uid; 2, the administrator, exists anyway. */
  readonly id: number;
  readonly login: string;
  /** A password or an API key: RPC takes either. */
  readonly key: string;
  /** The name in events; the login by default. */
  readonly name?: string;
  /** The time zone of the user's preferences: `load` reads datetimes in it when the context names none. */
  readonly tz?: string;
  /** Models that answer this user with AccessError. */
  readonly mayNotRead?: readonly string[];
  readonly mayNotWrite?: readonly string[];
}

/** How RPC is set up. */
export interface RpcOptions {
  /** 18 by default. */
  readonly version?: RpcVersion;
  /** `odoo` by default. */
  readonly database?: string;
  readonly users?: readonly RpcUser[];
}

export type RpcVersion = 18 | 19;

/** The administrator, as the web client's user and owner of what was there before. */
export const ADMIN: RpcUser = { id: 2, login: 'admin', key: '', name: 'Mitchell Admin' };
