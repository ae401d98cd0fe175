/** What a rate allows now. */
export interface Quota {
  readonly count: number;
  /** Each that is sent moves the theoretical arrival time on by this. */
  readonly intervalMs: number;
  /** When `count` is 0: how long until one is allowed. */
  readonly waitMs: number;
}

/**
 * How many of `wanted` a rate allows (GCRA): the theoretical arrival time is `aheadMs` in the future, and may be so far ahead as
 * what one second allows takes. Without a rate, all.
 */
export function quotaOf(ratePerMinute: number | null, aheadMs: number, wanted: number): Quota {
  if (ratePerMinute === null) return { count: wanted, intervalMs: 0, waitMs: 0 };
  const intervalMs = 60_000 / ratePerMinute;
  const burst = Math.max(Math.floor(ratePerMinute / 60), 1);
  const allowed = Math.floor(burst - aheadMs / intervalMs + 1e-6);
  const waitMs = Math.max(aheadMs - (burst - 1) * intervalMs, 0);
  return { count: Math.max(Math.min(allowed, wanted), 0), intervalMs, waitMs };
}
