import { Transform } from 'class-transformer';
import { IsDate, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { MAX_INT4, Operation, OPERATIONS, PRIORITIES, Priority } from '@bridgecore/contracts';
import { AsInteger, IsName, IsPageLimit, IsPosition } from './query-fields';
import { toDate } from './time';

const AsDate = (): PropertyDecorator => Transform(({ value }: { value: unknown }) => toDate(value));

const RECORD_ID = { message: `must be an integer from -1 to ${MAX_INT4}` };
const TIME = { message: 'must be an ISO 8601 time, as in 2026-11-23T06:22:26Z (a + is written %2B)' };

/** Which events are asked for. */
export class EventQuery {
  /** The id of the last event seen; a larger one than any is no mistake. */
  @IsPosition('an event')
  readonly after: string = '0';

  @IsPageLimit()
  readonly limit: number = 100;

  @IsOptional()
  @IsName(64)
  readonly system?: string;

  @IsOptional()
  @IsName(128)
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
