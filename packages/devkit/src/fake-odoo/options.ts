import type { RpcOptions } from './rpc/rpc-user';
import type { Subscriber } from './subscriber';
import type { Client } from './tables';
import type { TrackingOverride } from './tracking';

/** How one simulated Odoo is set up. */
export interface FakeOdooOptions {
  /** `webhook.api_key` of the company; without one every pull is refused, as in Odoo. */
  readonly apiKey?: string;
  /** Where events are pushed to; without a subscriber there are pull rows only. */
  readonly push?: Subscriber | readonly Subscriber[] | undefined;
  /** The same seed gives the same business, gaps and ids. 1 by default. */
  readonly seed?: number;
  readonly now?: () => Date;
  /** Changes to the rules that come out of the box, for instance a configuration with unlink (README §1). */
  readonly tracking?: readonly TrackingOverride[];
  /** Who makes the changes unless a commit says otherwise; `jsonrpc` by default (README §3). */
  readonly client?: Client;
  /** The addon swallows changes of one record within 3 000 ms; 0, the default, keeps them all (README §6). */
  readonly debounceMs?: number;
  /** Share of transactions before which another one failed and left a gap in a sequence; 0.03 by default. */
  readonly gapRate?: number;
  /** Share of pushes whose timestamp is a second after their pull row's; 2 in 1 199 by default, as captured. */
  readonly lateTimestampRate?: number;
  /** The `session_id` cookie of a user who is logged in, which opens the API without a key. */
  readonly session?: string;
  /** External RPC; without it nobody may log in. */
  readonly rpc?: RpcOptions;
  /** How many pushes may be under way at the same time; 8 by default. */
  readonly concurrency?: number;
  /** How long an instant push waits for a reply; 30 000 by default, and always in the addon. */
  readonly instantTimeoutMs?: number;
  /** How many sent pushes and requests are kept to be looked at; 20 000 by default. Counts go on. */
  readonly history?: number;
}

/** Which of many changes are pushed: all of them, none, or a share between 0 and 1. */
export type PushShare = 'all' | 'none' | number;

/** How `makeEvents` commits. */
export interface MakeOptions {
  /** `all` by default. */
  readonly push?: PushShare;
  readonly client?: Client;
}
