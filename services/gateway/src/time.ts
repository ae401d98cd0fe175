import { isISO8601 } from 'class-validator';

const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** An ISO 8601 time as a date; UTC when it names no zone. What is none stays, and is refused by who checks it. */
export function toDate(value: unknown): unknown {
  if (typeof value !== 'string' || !isISO8601(value, { strict: true })) return value;
  const [time, zone] = TIME.exec(value) ?? [];
  if (time === undefined) return value;
  const date = new Date(zone === undefined && time.includes('T') ? `${time}Z` : time);
  return Number.isNaN(date.getTime()) ? value : date;
}
