import { IsIn, IsOptional } from 'class-validator';
import { Operation, OPERATIONS, PRIORITIES, Priority } from '@bridgecore/contracts';
import { IsName, IsOrder, IsPageLimit, IsPosition, IsRecordId, IsTime } from './query-fields';

/** Which events are asked for. */
export class EventQuery {
  /** The id of the last event seen; a larger one than any is no mistake. */
  @IsPosition('an event')
  readonly after: string = '0';

  @IsPageLimit()
  readonly limit: number = 100;

  /** With `desc` the newest come first, and `after` is the oldest one seen. */
  @IsOrder()
  readonly order: 'asc' | 'desc' = 'asc';

  @IsOptional()
  @IsName(64)
  readonly system?: string;

  @IsOptional()
  @IsName(128)
  readonly model?: string;

  @IsOptional()
  @IsRecordId()
  readonly record_id?: number;

  @IsOptional()
  @IsIn(OPERATIONS, { message: `must be one of ${OPERATIONS.join(', ')}` })
  readonly operation?: Operation;

  @IsOptional()
  @IsIn(PRIORITIES, { message: `must be one of ${PRIORITIES.join(', ')}` })
  readonly priority?: Priority;

  /** Events that occurred at this time or later. */
  @IsOptional()
  @IsTime()
  readonly since?: Date;

  /** Events that occurred before this time. */
  @IsOptional()
  @IsTime()
  readonly until?: Date;
}

/** Every parameter of the list of events. */
export const PARAMETERS: readonly string[] = [
  ...['after', 'limit', 'order', 'system', 'model', 'record_id', 'operation', 'priority', 'since', 'until'],
];
