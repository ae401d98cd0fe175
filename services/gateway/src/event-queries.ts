import { Type } from 'class-transformer';
import { IsIn, IsInt, IsISO8601, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import { DataSource } from 'typeorm';
import { MAX_INT4, Operation, OPERATIONS, PRIORITIES, Priority } from '@bridgecore/contracts';
import { AuditLogRow, WebhookEventRow } from '@bridgecore/database';

/** Which events are asked for. */
export class EventQuery {
  /** The id of the last event seen; a larger one than any is no mistake. */
  @IsOptional()
  @Matches(/^\d{1,18}$/, { message: 'must be the id of an event' })
  readonly after: string = '0';

  @Type(() => Number)
  @IsInt({ message: 'must be an integer from 1 to 1000' })
  @Min(1, { message: 'must be an integer from 1 to 1000' })
  @Max(1_000, { message: 'must be an integer from 1 to 1000' })
  readonly limit: number = 100;

  @IsOptional()
  @IsString()
  @MaxLength(64)
  readonly system?: string;

  @IsOptional()
  @IsString()
  @MaxLength(128)
  readonly model?: string;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(-1)
  @Max(MAX_INT4)
  readonly record_id?: number;

  @IsOptional()
  @IsIn(OPERATIONS, { message: `must be one of ${OPERATIONS.join(', ')}` })
  readonly operation?: Operation;

  @IsOptional()
  @IsIn(PRIORITIES, { message: `must be one of ${PRIORITIES.join(', ')}` })
  readonly priority?: Priority;

  /** Events that occurred at this time or later. */
  @IsOptional()
  @IsISO8601({ strict: true }, { message: 'must be an ISO 8601 time, as in 2026-11-23T06:22:26Z' })
  readonly since?: string;

  /** Events that occurred before this time. */
  @IsOptional()
  @IsISO8601({ strict: true }, { message: 'must be an ISO 8601 time, as in 2026-11-23T06:22:26Z' })
  readonly until?: string;
}

/** One page of events, oldest first; `next_after` asks for what follows. */
export interface EventPage {
  readonly events: readonly WebhookEventRow[];
  readonly next_after: string;
  readonly has_more: boolean;
}

const EQUALS = ['system', 'model', 'record_id', 'operation', 'priority'] as const;

/** Events after a position, oldest first. */
export async function listEvents(source: DataSource, query: EventQuery): Promise<EventPage> {
  const select = source.getRepository(WebhookEventRow).createQueryBuilder('event');
  select.where('event.id > :after', { after: query.after });
  for (const name of EQUALS) {
    if (query[name] !== undefined) select.andWhere(`event.${name} = :${name}`, { [name]: query[name] });
  }
  if (query.since !== undefined) select.andWhere('event.occurred_at >= :since', { since: query.since });
  if (query.until !== undefined) select.andWhere('event.occurred_at < :until', { until: query.until });
  const rows = await select
    .orderBy('event.id', 'ASC')
    .limit(query.limit + 1)
    .getMany();
  const events = rows.slice(0, query.limit);
  return { events, next_after: events.at(-1)?.id ?? query.after, has_more: rows.length > events.length };
}

/** An event with how it came and what was done about it. */
export interface EventStory {
  readonly event: WebhookEventRow;
  readonly arrivals: readonly { origin: string; id: string | null; at: Date }[];
  readonly audit: readonly AuditLogRow[];
}

/** One event's story, or null when there is none with this id (or it belongs to another system). */
export async function eventStory(source: DataSource, id: string, system?: string): Promise<EventStory | null> {
  const event = await source
    .getRepository(WebhookEventRow)
    .findOneBy({ id, ...(system === undefined ? {} : { system }) });
  if (event === null) return null;
  const audit = await source
    .getRepository(AuditLogRow)
    .find({ where: { event_id: id }, order: { id: 'ASC' }, take: 200 });
  const arrivals = [
    { origin: 'push', id: event.push_id, at: event.pushed_at },
    { origin: 'pull', id: event.pull_id, at: event.pulled_at },
  ].filter((arrival): arrival is { origin: string; id: string | null; at: Date } => arrival.at !== null);
  return { event, arrivals, audit };
}
