const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A time as people ask for it: how long ago; what is older than a month by its date. */
export function ago(time: string | null | undefined, now = Date.now()): string {
  if (time === null || time === undefined) return 'never';
  const at = Date.parse(time);
  if (Number.isNaN(at)) return time;
  const seconds = Math.round((now - at) / 1_000);
  if (Math.abs(seconds) < 2) return 'just now';
  if (Math.abs(seconds) > 30 * DAY) return time.slice(0, 10);
  return seconds < 0 ? `in ${inWords(-seconds)}` : `${inWords(seconds)} ago`;
}

/** When something is to happen; what was to happen already waits for its turn, or for its subscription: `due`. */
export function dueIn(time: string | null, now = Date.now()): string {
  if (time === null) return '–';
  return Date.parse(time) - now < 2_000 ? 'due' : ago(time, now);
}

/** Whole seconds in the largest unit that says enough: `40 s`, `3 min`, `5 h`, `2 d`. */
export function inWords(seconds: number): string {
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 100 * MINUTE) return `${Math.round(seconds / MINUTE)} min`;
  if (seconds < 48 * HOUR) return `${Math.round(seconds / HOUR)} h`;
  return `${Math.round(seconds / DAY)} d`;
}

/** A time to be compared with a log: ISO 8601 in UTC, to the second. */
export function toSecond(time: string | null | undefined): string {
  if (time === null || time === undefined) return '–';
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? time : `${at.toISOString().slice(0, 19)}Z`;
}

/** Milliseconds as a person reads them: `840 ms`, `2.4 s`. */
export function took(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: MINUTE, min: MINUTE, h: HOUR, d: DAY };

/** `15m`, `2h`, `3d` as so many seconds; undefined when it is none. */
export function secondsIn(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,6}) ?(s|m|min|h|d)$/.exec(text) ?? [];
  const factor = UNITS[unit];
  return count === undefined || factor === undefined ? undefined : Number(count) * factor;
}
