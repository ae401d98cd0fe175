const MAX_MS = 12 * 3_600_000;

/**
 * How many milliseconds after its so-many-th try a delivery is tried again: three times longer each time, with jitter, so that
 * what failed together does not come back together; and no sooner than the receiver has asked for.
 */
export function backoffMs(attempt: number, firstMs: number, retryAfterMs = 0, random = Math.random()): number {
  const wait = Math.min(firstMs * 3 ** (attempt - 1), MAX_MS) * (0.5 + random / 2);
  return Math.max(Math.round(wait), retryAfterMs);
}
