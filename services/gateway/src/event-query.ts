import { Transform } from 'class-transformer';
import { IsDate, IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { MAX_INT4, Operation, OPERATIONS, PRIORITIES, Priority } from '@bridgecore/contracts';
import { toDate } from './time';

/** A number, out of digits only: `Number` would take an empty text for 0, and more that nobody means. */
const AsInteger = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^-?\d{1,10}$/.test(value) ? Number(value) : value,
  );

const AsDate = (): PropertyDecorator => Transform(({ value }: { value: unknown }) => toDate(value));

const LIMIT = { message: 'must be an integer from 1 to 1000' };
const RECORD_ID = { message: `must be an integer from -1 to ${MAX_INT4}` };
const TIME = { message: 'must be an ISO 8601 time, as in 2026-11-23T06:22:26Z (a + is written %2B)' };
const PRINTABLE = /^\P{Cc}+$/u; // PostgreSQL takes no NUL in a text
const NAME = { message: 'must be a name' };

/** Which events are asked for. */
export class EventQuery {
  /** The id of the last event seen; a larger one than any is no mistake. */
  @Matches(/^\d{1,18}$/, { message: 'must be the id of an event' })
  readonly after: string = '0';

  @AsInteger()
  @IsInt(LIMIT)
  @Min(1, LIMIT)
  @Max(1_000, LIMIT)
  readonly limit: number = 100;

  @IsOptional()
  @IsString(NAME)
  @Matches(PRINTABLE, NAME)
  @MaxLength(64)
  readonly system?: string;

  @IsOptional()
  @IsString(NAME)
  @Matches(PRINTABLE, NAME)
  @MaxLength(128)
  readonly model?: string;

  @IsOptional()
  @AsInteger()
  @IsInt(RECORD_ID)
  @Min(-1, RECORD_ID)
  @Max(MAX_INT4, RECORD_ID)
  readonly record_id?: number;

  @IsOptional()
  @IsIn(OPERATIONS, { message: `must be one of ${OPERATIONS.join(', ')}` })
  readonly operation?: Operation;

  @IsOptional()
  @IsIn(PRIORITIES, { message: `must be one of ${PRIORITIES.join(', ')}` })
  readonly priority?: Priority;

  /** Events that occurred at this time or later. */
  @IsOptional()
  @AsDate()
  @IsDate(TIME)
  readonly since?: Date;

  /** Events that occurred before this time. */
  @IsOptional()
  @AsDate()
  @IsDate(TIME)
  readonly until?: Date;
}

/** Every parameter of the list of events. */
export const PARAMETERS: readonly string[] = [
  ...['after', 'limit', 'system', 'model', 'record_id', 'operation', 'priority', 'since', 'until'],
];
