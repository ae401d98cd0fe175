import { IsArray, IsInt, IsISO8601, IsOptional, IsString, MaxLength, Min } from 'class-validator';
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

/** What travels through `webhook-events`: pushes that arrived together, of any system and any key. */
export interface EventJob {
  readonly events: readonly WebhookEvent[];
  readonly rejected: readonly RejectedItem[];
}

class EventJobShape {
  @IsArray()
  readonly events!: unknown[];

  @IsArray()
  readonly rejected!: unknown[];
}

/** What travels through `odoo-pull`: one run of one system. */
export class PullJob {
  @IsString()
  @MaxLength(64)
  readonly system!: string;
}

/** What travels through `ticks`: time has come to do `kind`; a pull names its system. */
export class TickJob {
  @IsString()
  readonly kind!: string;

  @IsOptional()
  @IsString()
  @MaxLength(64)
  readonly system?: string;
}

/** A `webhook-events` job, checked. What this version cannot read was written by a newer one: `JOB_UNREADABLE`. */
export function parseEventJob(data: unknown): EventJob {
  return readable(() => {
    const { events, rejected } = isRecord(data) ? data : {};
    // The lists are taken from the job itself: class-transformer would walk every payload.
    parse(EventJobShape, {
      events: Array.isArray(events) ? [] : events,
      rejected: Array.isArray(rejected) ? [] : rejected,
    });
    return {
      events: (events as unknown[]).map(parseEvent),
      rejected: (rejected as unknown[]).map((item) => parse(RejectedItem, item)),
    };
  });
}

/** An `odoo-pull` job, checked. */
export const parsePullJob = (data: unknown): PullJob => readable(() => parse(PullJob, data));

/** A `ticks` job, checked. */
export const parseTickJob = (data: unknown): TickJob => readable(() => parse(TickJob, data));

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    throw new BridgeError('JOB_UNREADABLE', `This version cannot read the job: ${error.message}`);
  }
}
