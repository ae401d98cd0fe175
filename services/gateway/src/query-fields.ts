import { Transform } from 'class-transformer';
import { IsDate, IsIn, IsInt, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { MAX_INT4 } from '@bridgecore/contracts';
import { toDate } from './time';

/** A number, out of digits only: `Number` would take an empty text for 0, and more that nobody means. */
export const AsInteger = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^-?\d{1,10}$/.test(value) ? Number(value) : value,
  );

/** A name of at most so many characters; PostgreSQL takes no NUL in a text. */
export function IsName(maxLength: number): PropertyDecorator {
  const rule = { message: 'must be a name' };
  return all(IsString(rule), Matches(/^\P{Cc}+$/u, rule), MaxLength(maxLength));
}

/** How many a page holds at most. */
export function IsPageLimit(): PropertyDecorator {
  const rule = { message: 'must be an integer from 1 to 1000' };
  return all(AsInteger(), IsInt(rule), Min(1, rule), Max(1_000, rule));
}

/** Where a page begins: the id of the last one seen; a larger one than any is no mistake. */
export const IsPosition = (what: string): PropertyDecorator =>
  Matches(/^\d{1,18}$/, { message: `must be the id of ${what}` });

/** Which end of a list comes first: that of the oldest unless `desc` is said. */
export const IsOrder = (): PropertyDecorator => IsIn(['asc', 'desc'], { message: 'must be asc or desc' });

/** The id of an Odoo record; -1 is that of a test. */
export function IsRecordId(): PropertyDecorator {
  const rule = { message: `must be an integer from -1 to ${MAX_INT4}` };
  return all(AsInteger(), IsInt(rule), Min(-1, rule), Max(MAX_INT4, rule));
}

/** A point in time, as a date. */
export function IsTime(): PropertyDecorator {
  const rule = { message: 'must be an ISO 8601 time, as in 2026-11-23T06:22:26Z (a + is written %2B)' };
  return all(
    Transform(({ value }: { value: unknown }) => toDate(value)),
    IsDate(rule),
  );
}

function all(...decorators: readonly PropertyDecorator[]): PropertyDecorator {
  return (target, property) => {
    for (const decorate of decorators) decorate(target, property);
  };
}
