import type { JsonObject } from '../json-write';
import type { Journal, OpenTransaction } from '../journal';
import type { Records } from '../records';
import type { CallContext } from './call-context';
import type { Models } from './models';
import type { Rules } from './rules';
import type { RpcUser, RpcVersion } from './rpc-user';

/** What every call works on. */
export interface RpcStore {
  readonly records: Records;
  readonly models: Models;
  readonly journal: Journal;
  readonly rules: Rules;
  readonly version: RpcVersion;
  readonly now: () => Date;
}

/** One call: who, in which context, in which transaction. */
export interface CallEnv {
  readonly store: RpcStore;
  readonly user: RpcUser;
  readonly context: CallContext;
  /** Opened by the first write, with the time at which the call began. */
  readonly transaction: () => OpenTransaction;
  /** False for the test's own changes: no access rights, no business rules. */
  readonly isChecked: boolean;
}

/** The user as events show it. */
export function author({ id, name, login }: RpcUser): { readonly id: number; readonly name: string } {
  return { id, name: name ?? login };
}

/** One record with its id beside its state. */
export interface Row {
  readonly id: number;
  readonly state: JsonObject;
}
