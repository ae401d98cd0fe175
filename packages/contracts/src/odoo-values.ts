import { Transform } from 'class-transformer';

/** Odoo writes `false` where it has no value; integers and ids come as strings now and then. */
type Normalise = (value: unknown) => unknown;

/** A property whose value is brought to our form before it is checked; what has no such form stays and is refused. */
const Normalised =
  (normalise: Normalise): PropertyDecorator =>
  (target, property) => {
    Transform(({ value }: { value: unknown }) => normalise(value))(target, property);
  };

/** null for Odoo's `false` and for the empty string. */
export const OrNull = (): PropertyDecorator => Normalised(orNull);

/** A number, also out of a digit string. */
export const AsInteger = (): PropertyDecorator => Normalised((value) => toInteger(orNull(value)));

/** An id as text: `7` and `"7"` are the same id. Beyond 2^53 a JSON number is no longer what was sent. */
export const AsId = (): PropertyDecorator =>
  Normalised((value) => (Number.isSafeInteger(value) ? String(value) : orNull(value)));

/** A time as ISO 8601 in UTC; Odoo's naive `2026-11-23T06:22:26` is UTC (`odoo-wire/README.md` §2). */
export const AsTime = (): PropertyDecorator => Normalised((value) => toUtc(orNull(value)));

function orNull(value: unknown): unknown {
  return value === false || value === '' || value === undefined ? null : value;
}

function toInteger(value: unknown): unknown {
  return typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
}

const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z|[+-]\d\d:?\d\d)?$/;

function toUtc(value: unknown): unknown {
  const [, day, time, zone = 'Z'] = (typeof value === 'string' ? TIME.exec(value) : null) ?? [];
  if (day === undefined || !isCalendarDay(day)) return value;
  const parsed = new Date(`${day}T${String(time)}${zone}`);
  const utc = Number.isNaN(parsed.getTime()) ? '' : parsed.toISOString();
  return FOUR_DIGIT_YEAR.test(utc) ? utc : value;
}

/** PostgreSQL knows no year 0, and ISO 8601 needs a sign beyond 9999: a zone can carry a time there. */
const FOUR_DIGIT_YEAR = /^(?!0000)\d{4}-/;

/** JavaScript takes 30 February for 2 March. */
function isCalendarDay(day: string): boolean {
  const parsed = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(day);
}
