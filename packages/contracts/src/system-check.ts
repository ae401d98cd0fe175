/** How a system was found: `down` has not answered as an Odoo with the addon does; `degraded` has, with problems. */
export type SystemState = 'ok' | 'degraded' | 'down';

/** What asking an Odoo's external API (RPC) has shown. */
export interface RpcCheck {
  readonly accepted: boolean;
  /** Odoo's own, as `18.0`. */
  readonly version: string | null;
  /** ISO 8601; null when the key does not expire, or when Odoo does not tell. */
  readonly key_expires_at: string | null;
  /** Why it was not accepted. */
  readonly reason?: string;
}

/** What a connection check has found out, beside the state: written by the worker, shown by the gateway. Null is not known. */
export interface SystemFindings {
  /** What is wrong and what to do about it; in the same words as long as it is the same. */
  readonly problems: readonly string[];
  readonly reachable: boolean;
  /** That of the pull API. */
  readonly key_accepted: boolean | null;
  /** What the addon says; it says `2.0.0` whatever its version. */
  readonly addon_version: string | null;
  /** How far the clock of whoever answers is ahead of ours, to a second: Odoo's or that of a proxy in front of it. */
  readonly clock_skew_seconds: number | null;
  /** What Odoo holds that is not acknowledged. */
  readonly pending_events: number | null;
  /** Events of the day before `events_until` that Odoo held then; null also when a former version has looked. */
  readonly events_held: number | null;
  /** How many of them are proven to be recorded here, or dead letters. */
  readonly events_recorded: number | null;
  /** ISO 8601. */
  readonly events_until: string | null;
  readonly key_expires_at: string | null;
  /** Null when it was not looked at. */
  readonly rpc: ({ readonly configured: true } & RpcCheck) | { readonly configured: false } | null;
}
