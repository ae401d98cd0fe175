/** However long Odoo, or a proxy that is set up badly, asks to be left alone. */
const MAX_SECONDS = 3_600;

/** `Retry-After` as whole seconds from 1 to an hour, whether it says seconds or a date; undefined when it says nothing. */
export function retryAfterOf(header: unknown, now = Date.now()): number | undefined {
  if (typeof header !== 'string') return undefined;
  const text = header.trim();
  const seconds = /^\d+$/.test(text) ? Number(text) : Math.ceil((Date.parse(text) - now) / 1_000);
  return seconds >= 1 ? Math.min(seconds, MAX_SECONDS) : undefined; // not a number is not over 1 either
}
