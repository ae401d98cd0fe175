import { DataSource, In } from 'typeorm';
import { AuditLogRow, DeadLetterRow, WebhookEventRow } from '@bridgecore/database';
import { SoughtRecord } from './queued-record';
import { ToldEvent, WaitingDelivery } from './story';

/** So many events of a record are told, the newest, and so many audit rows of each; and so many dead letters and deliveries. */
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
export function findDeliveries(source: DataSource, events: readonly { id: string }[]): Promise<WaitingDelivery[]> {
  return source.query<WaitingDelivery[]>(QUERIES.deliveries, [events.map(({ id }) => id), OTHERS]);
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
  deliveries: `
    select event_id, subscriber, attempts, last_error, next_attempt_at from outbox
     where event_id = any($1::bigint[]) order by id limit $2`,
} as const;
