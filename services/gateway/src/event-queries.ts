import { DataSource } from 'typeorm';
import { AuditLogRow, WebhookEventRow } from '@bridgecore/database';
import { deliveriesOfEvent, DeliveryView } from './deliveries/deliveries';
import { EventQuery } from './event-query';
import { fromPosition } from './page-order';

/** One page of events, oldest first unless asked otherwise; `next_after` asks for what follows. */
export interface EventPage {
  readonly events: readonly WebhookEventRow[];
  readonly next_after: string;
  readonly has_more: boolean;
}

const EQUALS = ['system', 'model', 'record_id', 'operation', 'priority'] as const;

/** Events after a position. */
export async function listEvents(source: DataSource, query: EventQuery): Promise<EventPage> {
  const select = source.getRepository(WebhookEventRow).createQueryBuilder('event');
  fromPosition(select, 'event', query);
  for (const name of EQUALS) {
    if (query[name] !== undefined) select.andWhere(`event.${name} = :${name}`, { [name]: query[name] });
  }
  if (query.since !== undefined) select.andWhere('event.occurred_at >= :since', { since: query.since });
  if (query.until !== undefined) select.andWhere('event.occurred_at < :until', { until: query.until });
  const rows = await select.limit(query.limit + 1).getMany();
  const events = rows.slice(0, query.limit);
  return { events, next_after: events.at(-1)?.id ?? query.after, has_more: rows.length > events.length };
}

/** An event with how it came, what was done about it, and to whom it is sent. */
export interface EventStory {
  readonly event: WebhookEventRow;
  readonly arrivals: readonly { origin: string; id: string | null; at: Date }[];
  readonly audit: readonly AuditLogRow[];
  readonly deliveries: readonly DeliveryView[];
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
  return { event, arrivals, audit, deliveries: await deliveriesOfEvent(source.manager, id) };
}
