import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  Min,
} from 'class-validator';
import { DataSyncJob, toDataSyncJob } from './data-sync';
import { BridgeError } from './errors';
import { isRecord } from './json';
import { parse } from './parse';
import { parseEvent, WebhookEvent } from './webhook-event';

/** At most so many events travel in one job; a stalled job is run again as a whole. */
export const MAX_EVENTS_PER_JOB = 100;

/** An item of a batch that the gateway refused; the worker makes it a dead letter. */
export class RejectedItem {
  /** Its place in the batch, from 0. */
  @IsInt()
  @Min(0)
  readonly index!: number;

  @IsString()
  @MaxLength(64)
  readonly system!: string;

  @IsISO8601()
  readonly received_at!: string;

  @IsString()
  readonly correlation_id!: string;

  @IsOptional()
  @IsString()
  readonly key_id!: string | null;

  /** The item as JSON, redacted. */
  @IsString()
  readonly raw!: string;

  @IsString()
  readonly code!: string;

  @IsString()
  readonly message!: string;
}

/** So many dead letters at most are replayed by one job. */
export const MAX_REPLAYS_PER_JOB = 100;

/** An operator's wish to have dead letters worked again. */
export class ReplayRequest {
  /** Of `dead_letters`. */
  @IsArray()
  @ArrayMaxSize(MAX_REPLAYS_PER_JOB)
  @Matches(/^\d{1,18}$/, { each: true }) // within bigint
  @Type(() => String)
  readonly ids!: readonly string[];

  /** Who asked for it. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  readonly key_id: string | null = null;

  @IsString()
  @MaxLength(128)
  readonly correlation_id!: string;
}

/** What travels through `webhook-events`: pushes that arrived together, of any system and any key. */
export interface EventJob {
  readonly events: readonly WebhookEvent[];
  readonly rejected: readonly RejectedItem[];
  /** Since 2026-11: a worker of before leaves it out, and the letters stay open. */
  readonly replay?: ReplayRequest;
  /** Parts of a job that could not be read, and why; the others must not wait for them. */
  readonly unreadable?: readonly UnreadablePart[];
}

/** Something in a job that this version does not understand; a newer one may. */
export interface UnreadablePart {
  readonly part: unknown;
  readonly reason: string;
}

/** Why a run was skipped that met another of its system, which is no sign of trouble: the reason in its job's result. */
export const PULL_UNDER_WAY = 'another worker holds the lock';

/** What travels through `odoo-pull`: one run of one system. */
export class PullJob {
  @IsString()
  @MaxLength(64)
  readonly system!: string;

  /** Since 0.2: it sweeps although no sweep is due. A worker of before only pulls. */
  @IsOptional()
  @IsBoolean()
  readonly sweep?: boolean;

  /** Since 0.2: who asked for it; without one it was time. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  readonly key_id?: string;

  /** Since 0.2: by which its run is found in logs and audit; a job of before gets one when it is worked. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  readonly correlation_id?: string;
}

/** What has to be done now and then, whatever the events do. */
export const MAINTENANCE_KINDS = ['clean-up', 'connection-check', 'statistics'] as const;
export type MaintenanceKind = (typeof MAINTENANCE_KINDS)[number];

/** What travels through `maintenance`: one round of one kind. */
export class MaintenanceJob {
  /** One of `MAINTENANCE_KINDS`; a newer scheduler may know more. */
  @IsString()
  @MaxLength(64)
  readonly kind!: string;

  /** Who asked for it; null when it was time. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  readonly key_id: string | null = null;

  /** Of the request or the tick that asked for it; null until 0.2 when it was time. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  readonly correlation_id: string | null = null;
}

/** What travels through `ticks`: time has come to do `kind`; a pull names its system. */
export class TickJob {
  @IsString()
  readonly kind!: string;

  @IsOptional()
  @IsString()
  @MaxLength(64)
  readonly system?: string;

  /** What it leads to is found by it. Since 0.2; one that a scheduler makes gets it when it is taken up. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  readonly correlation_id?: string;
}

/**
 * A `webhook-events` job, checked event by event: class-transformer would walk every payload, and an event that this
 * version cannot read (a newer gateway wrote it) is no reason to leave its neighbours.
 */
export function parseEventJob(data: unknown): EventJob {
  const { events, rejected, replay } = isRecord(data) ? data : {};
  if (!Array.isArray(events) || !Array.isArray(rejected)) throw unreadable('it has no lists of events');
  const unread: UnreadablePart[] = [];
  const read = <T>(part: unknown, parsePart: (part: unknown) => T): T[] => {
    const outcome = attempt(() => parsePart(part));
    if (typeof outcome !== 'string') return [outcome];
    unread.push({ part, reason: outcome });
    return [];
  };
  const [wish] = replay === undefined ? [] : read(replay, (part) => parse(ReplayRequest, part));
  return {
    events: events.flatMap((event: unknown) => read(event, parseEvent)),
    rejected: rejected.flatMap((item: unknown) => read(item, (part) => parse(RejectedItem, part))),
    ...(wish === undefined ? {} : { replay: wish }),
    unreadable: unread,
  };
}

/** An `odoo-pull` job, checked. */
export const parsePullJob = (data: unknown): PullJob => readable(() => parse(PullJob, data));

/** A `data-sync` job, checked. */
export const parseDataSyncJob = (data: unknown): DataSyncJob => readable(() => toDataSyncJob(data));

/** A `maintenance` job, checked. */
export const parseMaintenanceJob = (data: unknown): MaintenanceJob => readable(() => parse(MaintenanceJob, data));

/** A `ticks` job, checked. */
export const parseTickJob = (data: unknown): TickJob => readable(() => parse(TickJob, data));

function readable<T>(read: () => T): T {
  const outcome = attempt(read);
  if (typeof outcome === 'string') throw unreadable(outcome);
  return outcome;
}

/** What was read, or why it was not. */
function attempt<T>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof BridgeError) return error.message;
    throw error;
  }
}

/** Transient: a newer producer may have written it, and the next release reads it. */
export function unreadable(reason: string): BridgeError {
  return new BridgeError('JOB_UNREADABLE', `This version cannot read the job: ${reason}`);
}
