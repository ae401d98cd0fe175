/** One line of a service's log. */
export type Entry = Readonly<Record<string, unknown>>;

/** Null when the line is none of a log. */
export function parseEntry(line: string): Entry | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' ? (value as Entry | null) : null;
  } catch {
    return null;
  }
}

/** The user's own time of day: what they did a moment ago is easy to find. */
export function clock(timestamp: unknown): string {
  const time = timestamp === undefined ? new Date() : new Date(text(timestamp));
  return Number.isNaN(time.getTime()) ? '--:--:--' : time.toTimeString().slice(0, 8);
}

/** What a terminal acts on instead of showing it. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A field as it is shown, on one line; names and Odoo's words are anybody's, and must do nothing to the terminal. */
export function text(value: unknown): string {
  if (value === undefined || value === null) return '';
  const shown = typeof value === 'string' ? value : JSON.stringify(value);
  return shown.replace(/\s*\n\s*/g, ' ').replace(UNSEEN, '\ufffd');
}

/** Why, as an entry's `error` says. */
export function reasonOf({ error }: Entry): string {
  if (typeof error === 'string') return text(error);
  const { message, code } = (error ?? {}) as { message?: unknown; code?: unknown };
  return text(message ?? code);
}
