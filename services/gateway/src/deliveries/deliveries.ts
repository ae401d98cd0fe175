import { EntityManager } from 'typeorm';
import { DeliveryFilter, DeliveryQuery, DeliveryState } from './delivery-query';

/** One message for one subscription, as every route shows it. A test has no event. */
export interface DeliveryView {
  readonly id: string;
  /** The `webhook-id` that the receiver is shown, the same in every try. */
  readonly message_id: string;
  readonly subscription: string;
  readonly event_id: string | null;
  readonly system: string | null;
  readonly model: string | null;
  readonly record_id: number | null;
  readonly state: DeliveryState;
  /** Since it was written or last replayed. */
  readonly attempts: number;
  /** Null when it is not waiting; while a try is under way, when anybody may try again. */
  readonly next_attempt_at: Date | null;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly created_at: Date;
  readonly closed_at: Date | null;
}

/** What came of one try. */
export interface AttemptView {
  readonly at: Date;
  readonly duration_ms: number;
  /** Of the answer; null when there was none. */
  readonly status: number | null;
  readonly outcome: string;
  readonly error: string | null;
  /** Its first 2 KiB. */
  readonly answer: string | null;
  readonly worker: string;
}

/** Deliveries after a position. */
export interface DeliveryPage {
  readonly deliveries: readonly DeliveryView[];
  readonly next_after: string;
  readonly has_more: boolean;
}

/** A delivery and what came of its tries, oldest first. */
export type DeliveryStory = DeliveryView & { readonly attempt_log: readonly AttemptView[] };

/** Who asks PostgreSQL, within a transaction or not. */
export type Asks = Pick<EntityManager, 'query'>;

/** So many tries are told, the newest: with replays there is no end of them. */
const ATTEMPTS = 100;

/** What a `DeliveryView` is made of. */
export const COLUMNS = `
  delivery.id, 'msg_' || replace(delivery.message_id::text, '-', '') as message_id, subscription.name as subscription,
  delivery.event_id, delivery.system, delivery.model, delivery.record_id, delivery.state, delivery.attempts,
  case when delivery.state = 'waiting' then delivery.next_attempt_at end as next_attempt_at,
  delivery.last_status, delivery.last_error, delivery.created_at, delivery.closed_at`;

/** What was for a subscription that is removed is nobody's any more, and goes with the next clean-up. */
export const SHOWN = `
  deliveries as delivery
  join subscriptions as subscription on subscription.id = delivery.subscription_id and subscription.removed_at is null`;

/** Whether $1 is null or its system; a test is of the system for which alone its subscription is. */
const OF_SYSTEM = `
  ($1::text is null or delivery.system = $1
    or (delivery.event_id is null and subscription.filter -> 'systems' = jsonb_build_array($1::text)))`;

/** Whether a filter means it, by `valuesOf`. PostgreSQL plans with the values at hand: what is null costs nothing. */
export const MEANT = `
  ${OF_SYSTEM}
  and ($2::text is null or subscription.name = $2)
  and ($3::text is null or delivery.model = $3)
  and ($4::integer is null or delivery.record_id = $4)
  and ($5::bigint is null or delivery.event_id = $5)`;

/** The values that `MEANT` compares with, $1 to $5. */
export function valuesOf({ system, subscription, model, record_id, event_id }: DeliveryFilter): unknown[] {
  return [system, subscription, model, record_id, event_id].map((value) => value ?? null);
}

const BEHIND = {
  asc: 'delivery.id > $7::bigint order by delivery.id',
  desc: '($7::bigint = 0 or delivery.id < $7) order by delivery.id desc',
};

/** Deliveries after a position, oldest first unless asked otherwise. */
export async function listDeliveries(database: Asks, query: DeliveryQuery): Promise<DeliveryPage> {
  const { state = null, after, limit, order } = query;
  const rows = await database.query<DeliveryView[]>(
    `select ${COLUMNS} from ${SHOWN}
      where ${MEANT} and ($6::text is null or delivery.state = $6) and ${BEHIND[order]} limit $8`,
    [...valuesOf(query), state, after, limit + 1],
  );
  const deliveries = rows.slice(0, limit);
  return { deliveries, next_after: deliveries.at(-1)?.id ?? after, has_more: rows.length > limit };
}

/** One delivery, or null when there is none with this id (or it belongs to another system). */
export async function findDelivery(database: Asks, id: string, system?: string): Promise<DeliveryView | null> {
  const select = `select ${COLUMNS} from ${SHOWN} where ${OF_SYSTEM} and delivery.id = $2`;
  const [delivery] = await database.query<DeliveryView[]>(select, [system ?? null, id]);
  return delivery ?? null;
}

/** One delivery with what came of its tries, or null. */
export async function deliveryStory(database: Asks, id: string, system?: string): Promise<DeliveryStory | null> {
  const delivery = await findDelivery(database, id, system);
  if (delivery === null) return null;
  const attempt_log = await database.query<AttemptView[]>(
    `select at, duration_ms, status, outcome, error, answer, worker
       from (select * from delivery_attempts where delivery_id = $1 order by id desc limit $2) as attempt
      order by id`,
    [id, ATTEMPTS],
  );
  return { ...delivery, attempt_log };
}

/** To whom an event is sent, and how that stands: at most one per subscription. */
export function deliveriesOfEvent(database: Asks, eventId: string): Promise<DeliveryView[]> {
  const select = `select ${COLUMNS} from ${SHOWN} where delivery.event_id = $1 order by delivery.id`;
  return database.query<DeliveryView[]>(select, [eventId]);
}

/** How many are dead. */
export async function countDead(database: Asks, filter: DeliveryFilter): Promise<number> {
  const select = `select count(*)::integer as count from ${SHOWN} where ${MEANT} and delivery.state = 'dead'`;
  const [row] = await database.query<{ count: number }[]>(select, valuesOf(filter));
  return row?.count ?? 0;
}
