/**
 * `Retry-After` as whole seconds, whether it says seconds or a date; undefined when it says nothing. Never more than
 * `maxSeconds`.
 */
export function retryAfterOf(header: unknown, maxSeconds: number, now = Date.now()): number | undefined {
  if (typeof header !== 'string') return undefined;
  const text = header.trim();
  const seconds = /^\d+$/.test(text) ? Number(text) : Math.ceil((Date.parse(text) - now) / 1_000);
  return seconds >= 1 ? Math.min(seconds, maxSeconds) : undefined; // not a number is not over 1 either
}
