import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { Origin, ORIGINS } from './identity';
import { isRecord, JsonRecord, kindOf } from './json';
import { invalid, parse } from './parse';

export const OPERATIONS = ['create', 'write', 'unlink'] as const;
export type Operation = (typeof OPERATIONS)[number];

export const PRIORITIES = ['high', 'medium', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** More names than any model of Odoo has fields. */
export const MAX_CHANGED_FIELDS = 2_000;

/** The largest id that Odoo's integer columns hold. */
export const MAX_INT4 = 2_147_483_647;

/**
 * One arrival of one change of one record, in our words: what travels in jobs and what `record` takes. Fields are
 * spelled as in the table and in every API, so that one search finds a field from the wire to the row.
 */
export class WebhookEvent {
  /** One per arrival and the same in every attempt of its job, so that a job that runs twice does not double it. */
  @IsUUID()
  readonly arrival_id!: string;

  @IsString()
  @MaxLength(64)
  readonly system!: string;

  @IsIn(ORIGINS)
  readonly origin!: Origin;

  /** `webhook.event.id` of a push, `update.webhook.id` of a pulled row; null when the sender gave none. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  readonly origin_id: string | null = null;

  @Matches(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) // 16 bytes spelled as a uuid, without a version in it
  readonly content_key!: string;

  /** True when the payload carries a `write_date`. */
  @IsBoolean()
  readonly dated!: boolean;

  @IsString()
  @MaxLength(128)
  readonly model!: string;

  @IsInt()
  @Min(-1)
  @Max(MAX_INT4)
  readonly record_id!: number;

  /** What Odoo says happened. Creating an invoice is reported as `write`: for display and filters only. */
  @IsIn(OPERATIONS)
  readonly operation!: Operation;

  /** Odoo's timestamp; without one, when the event was received. */
  @IsISO8601()
  readonly occurred_at!: string;

  /** True when `occurred_at` is the sender's own. */
  @IsBoolean()
  readonly timestamped!: boolean;

  @IsISO8601()
  readonly received_at!: string;

  @IsIn(PRIORITIES)
  readonly priority!: Priority;

  @IsOptional()
  @IsString()
  @MaxLength(64)
  readonly category: string | null = null;

  @IsOptional()
  @IsInt()
  readonly user_id: number | null = null;

  @IsOptional()
  @IsString()
  @MaxLength(256)
  readonly user_name: string | null = null;

  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MAX_CHANGED_FIELDS)
  @IsString({ each: true })
  @Type(() => String)
  readonly changed_fields: readonly string[] | null = null;

  /** The test button of a webhook configuration in Odoo was pressed. */
  @IsBoolean()
  readonly is_test!: boolean;

  @IsString()
  @MaxLength(128)
  readonly correlation_id!: string;

  /** The key that authenticated the push; null for a pulled row. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  readonly key_id: string | null = null;

  /** The `Idempotency-Key` header of the push, with the item's number when it was a batch. */
  @IsOptional()
  @IsString()
  @MaxLength(300)
  readonly idempotency_key: string | null = null;

  /** The record's data, redacted. Opaque: no validator and no transformer walks it. */
  readonly data!: JsonRecord;
}

/** An event out of a job, checked; its `data` is passed through untouched. */
export function parseEvent(input: unknown): WebhookEvent {
  const { data, ...envelope } = isRecord(input) ? input : { data: undefined };
  if (!isRecord(data)) throw invalid([{ field: 'data', message: `must be an object, got ${kindOf(data)}` }]);
  return Object.assign(parse(WebhookEvent, envelope), { data });
}
