import { IsOptional } from 'class-validator';
import { IsName, IsOrder, IsPageLimit, IsPosition, IsRecordId, IsTime } from './query-fields';

/** Which audit rows are asked for. */
export class AuditQuery {
  /** The id of the last row seen. */
  @IsPosition('an audit row')
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
  @IsPosition('an event')
  readonly event_id?: string;

  @IsOptional()
  @IsName(64)
  readonly action?: string;

  @IsOptional()
  @IsName(64)
  readonly outcome?: string;

  @IsOptional()
  @IsName(128)
  readonly key_id?: string;

  @IsOptional()
  @IsName(128)
  readonly correlation_id?: string;

  /** Rows of this time or later. With `until`, only those months are looked at. */
  @IsOptional()
  @IsTime()
  readonly since?: Date;

  /** Rows from before this time. */
  @IsOptional()
  @IsTime()
  readonly until?: Date;
}

/** What must be equal when it is given. */
export const AUDIT_FILTERS = [
  'system',
  'model',
  'record_id',
  'event_id',
  'action',
  'outcome',
  'key_id',
  'correlation_id',
] as const;

/** Every parameter of the audit. */
export const AUDIT_PARAMETERS: readonly string[] = [...AUDIT_FILTERS, 'since', 'until', 'after', 'limit', 'order'];
