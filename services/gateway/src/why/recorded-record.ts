import { DataSource, In } from 'typeorm';
import { AuditLogRow, DeadLetterRow, WebhookEventRow } from '@bridgecore/database';
import { COLUMNS, SHOWN } from '../deliveries/deliveries';
import { SoughtRecord } from './queued-record';
import { OutboxEntry, ReceiverView, ToldDelivery, ToldEvent } from './story';

/** So many events of a record are told, the newest, and so many audit rows of each; and so many dead letters, outbox entries and deliveries. */
const EVENTS = 20;
const AUDIT_ROWS = 50;
const OTHERS = 50;

/** The newest events of a record, oldest first. */
export async function findEvents(
  source: DataSource,
  { model, record_id, system }: SoughtRecord,
): Promise<{ events: ToldEvent[]; events_more: boolean }> {
  const found = await source.query<{ id: string }[]>(QUERIES.eventIds, [system, model, record_id, EVENTS + 1]);
  const ids = found.slice(0, EVENTS).map(({ id }) => id);
  const [rows, audit] = await Promise.all([
    source.getRepository(WebhookEventRow).find({ where: { id: In(ids) }, order: { id: 'ASC' } }),
    source.query<AuditLogRow[]>(QUERIES.auditOfEvents, [ids, AUDIT_ROWS]),
  ]);
  const events = rows.map((row) => ({ ...row, audit: audit.filter(({ event_id }) => event_id === row.id) }));
  return { events, events_more: found.length > EVENTS };
}

/** The systems from which the model was ever recorded. */
export async function modelSeenFrom(source: DataSource, model: string): Promise<string[]> {
  const rows = await source.query<{ system: string }[]>(QUERIES.modelSeenFrom, [model]);
  return rows.map(({ system }) => system);
}

/** The dead letters of a record, without their bodies, oldest first: all that are open, and the newest of the others. */
export async function findDeadLetters(
  source: DataSource,
  { model, record_id, system }: SoughtRecord,
): Promise<DeadLetterRow[]> {
  const found = await source.query<{ id: string }[]>(QUERIES.deadLetterIds, [system, model, record_id, OTHERS]);
  const where = { id: In(found.map(({ id }) => id)) };
  return source.getRepository(DeadLetterRow).find({ where, order: { id: 'ASC' } });
}

/** What must still follow these events. */
export function findOutbox(source: DataSource, events: readonly { id: string }[]): Promise<OutboxEntry[]> {
  return source.query<OutboxEntry[]>(QUERIES.outbox, [events.map(({ id }) => id), OTHERS]);
}

/** To whom these events are sent, oldest first: what is not delivered, and the newest of the others. */
export async function findDeliveries(source: DataSource, events: readonly { id: string }[]): Promise<ToldDelivery[]> {
  const rows = await source.query<DeliveryRow[]>(QUERIES.deliveries, [events.map(({ id }) => id), OTHERS]);
  return rows.map(told).sort((a, b) => Number(a.id) - Number(b.id));
}

type DeliveryRow = Omit<ToldDelivery, 'receiver'> &
  Omit<ReceiverView, 'state'> & { readonly receiver_state: ReceiverView['state'] };

function told({ receiver_state: state, paused_by, paused_at, pause_reason, ...row }: DeliveryRow): ToldDelivery {
  const { failures, failing_since, open_until, ...delivery } = row;
  const receiver = { state, paused_by, paused_at, pause_reason, failures, failing_since, open_until };
  return { ...delivery, receiver };
}

/** The systems of which there are events; found by going from one to the next in the index, not by reading them all. */
const SYSTEMS = `
  recursive known (system) as (
    select min(system) from webhook_events
    union all
    select (select min(system) from webhook_events where system > known.system) from known where known.system is not null
  )`;

/** What is asked of PostgreSQL; exported for a test that looks at how it is found. */
export const QUERIES = {
  /** One walk per system along `webhook_events_record`, from its end. */
  eventIds: `
    with ${SYSTEMS}
    select event.id
      from known
     cross join lateral (
       select id from webhook_events
        where system = known.system and model = $2 and record_id = $3 order by id desc limit $4
     ) as event
     where $1::text is null or known.system = $1
     order by event.id desc limit $4`,

  auditOfEvents: `
    select entry.*
      from unnest($1::bigint[]) as event (id)
     cross join lateral (select * from audit_logs where event_id = event.id order by id limit $2) as entry
     order by entry.id`,

  modelSeenFrom: `
    with ${SYSTEMS}
    select system from known
     where system is not null and exists (select from webhook_events where system = known.system and model = $1)`,

  deadLetterIds: `
    select id from dead_letters
     where model = $2 and record_id = $3 and ($1::text is null or system = $1)
     order by status = 'open' desc, id desc limit $4`,

  /** Without an index of its own: it holds only what waits, in rows of some bytes. */
  outbox: `
    select event_id, subscriber, attempts, last_error, next_attempt_at from outbox
     where event_id = any($1::bigint[]) order by id limit $2`,

  /** By `deliveries_once`; and what each waits behind by `deliveries_line`. */
  deliveries: `
    select ${COLUMNS}, delivery.claim is not null and delivery.next_attempt_at > now() as under_way,
           (select earlier.id from deliveries as earlier
             where delivery.state = 'waiting' and delivery.ordered and earlier.state = 'waiting' and earlier.ordered
               and earlier.subscription_id = delivery.subscription_id and earlier.system = delivery.system
               and earlier.model = delivery.model and earlier.record_id = delivery.record_id and earlier.event_id < delivery.event_id
             order by earlier.event_id limit 1) as waits_behind,
           subscription.state as receiver_state, subscription.paused_by, subscription.pause_reason, subscription.failures,
           subscription.paused_at, subscription.failing_since, subscription.open_until
      from ${SHOWN}
     where delivery.event_id = any($1::bigint[])
     order by delivery.state in ('waiting', 'dead') desc, delivery.id desc limit $2`,
} as const;
