import { randomUUID } from 'node:crypto';
import { Pool, PoolClient } from 'pg';
import { Body } from '@bridgecore/contracts';
import { inTransaction, WebhookEventRow } from '@bridgecore/database';
import { quotaOf } from './rate';
import { SealedSecret } from './signatures';
import { FAILURES_TO_OPEN } from './standing';

/** A subscription as far as sending needs it. */
export interface Receiver {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly body: Body;
  readonly ordered: boolean;
  /** Those that have not expired, newest first. */
  readonly secrets: readonly SealedSecret[];
}

/** A delivery that is this worker's until its lease ends. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly message_id: string;
  /** Null: it is a test. */
  readonly event_id: string | null;
  readonly system: string | null;
  readonly model: string | null;
  readonly record_id: number | null;
  /** Tries before this one. */
  readonly attempts: number;
  readonly created_at: Date;
  readonly claim: string;
  /** Undefined when it is gone, or there never was one. */
  readonly event: WebhookEventRow | undefined;
  /** The try is to find out whether the receiver is back; no other is under way. */
  readonly isProbe: boolean;
}

/** A delivery and whom it is for. */
export interface Job {
  readonly delivery: ClaimedDelivery;
  readonly receiver: Receiver;
}

/** What a lane got. */
export type Claimed =
  | {
      readonly outcome: 'claimed';
      readonly receiver: Receiver;
      readonly deliveries: readonly ClaimedDelivery[];
      /** As many as could be had: it is worth asking again. */
      readonly mayBeMore: boolean;
    }
  /** Another worker is claiming. */
  | { readonly outcome: 'busy' }
  /** Nothing is due, or nothing may be sent. */
  | { readonly outcome: 'idle' }
  /** The rate allows the next one after this. */
  | { readonly outcome: 'limited'; readonly waitMs: number };

/** How deliveries are claimed. */
export interface ClaimOptions {
  readonly limit: number;
  readonly leaseMs: number;
  /** The columns of the event that its message is made of. */
  readonly columns: string;
}

/**
 * Claims what is due of one subscription. Whoever claims holds its row, so that rate, breaker and order hold over all workers;
 * whoever finds it held goes away, since a worker that is frozen must not freeze the others. The row is locked for no key update:
 * `for update` would hold up those who write deliveries, which refer to it.
 */
export function claim(pool: Pool, subscriptionId: string, options: ClaimOptions): Promise<Claimed> {
  return inTransaction(pool, async (tx) => {
    const found = await lock(tx, subscriptionId);
    if (found === undefined) return { outcome: 'busy' };
    if (!found.may_send) return { outcome: 'idle' };
    const isProbe = found.failures >= FAILURES_TO_OPEN;
    const quota = quotaOf(found.rate_per_minute, found.ahead_ms, isProbe ? 1 : options.limit);
    if (quota.count === 0) return { outcome: 'limited', waitMs: quota.waitMs };
    const rows = await take(tx, subscriptionId, quota.count, options.leaseMs);
    if (rows.length === 0) return { outcome: 'idle' };
    if (isProbe) await holdOthers(tx, subscriptionId, options.leaseMs);
    if (quota.intervalMs > 0) await moveOn(tx, subscriptionId, quota.intervalMs * rows.length);
    const events = await eventsOf(tx, rows, options.columns);
    const deliveries = rows.map((row) => ({ ...row, event: events.get(row.event_id ?? ''), isProbe }));
    return { outcome: 'claimed', receiver: found, deliveries, mayBeMore: rows.length === quota.count };
  });
}

interface Locked extends Receiver {
  readonly may_send: boolean;
  readonly failures: number;
  readonly rate_per_minute: number | null;
  readonly ahead_ms: number;
}

/** Undefined when somebody else has it. */
async function lock(tx: PoolClient, id: string): Promise<Locked | undefined> {
  const { rows } = await tx.query<Locked>(
    `select id, name, url, body, ordered, failures, rate_per_minute,
            state = 'active' and removed_at is null and coalesce(open_until <= now(), true) as may_send,
            greatest(extract(epoch from next_send_at - now()) * 1000, 0)::float8 as ahead_ms,
            (select coalesce(json_agg(json_build_object('id', secret.id::text, 'sealed', sealed) order by secret.id desc), '[]')
               from subscription_secrets secret
              where subscription_id = subscriptions.id and coalesce(expires_at > now(), true)) as secrets
       from subscriptions where id = $1
        for no key update skip locked`,
    [id],
  );
  return rows[0];
}

type Row = Omit<ClaimedDelivery, 'event' | 'isProbe'>;

/** The longest due first; of ordered ones only the first of its record, whether it is due or not. */
async function take(tx: PoolClient, id: string, limit: number, leaseMs: number): Promise<Row[]> {
  const { rows } = await tx.query<Row>(
    `with due as materialized (
       select id from deliveries as one
        where subscription_id = $1 and state = 'waiting' and next_attempt_at <= now()
          and (not ordered or not exists (
              select from deliveries as before
               where before.subscription_id = $1 and before.state = 'waiting' and before.ordered
                 and before.system = one.system and before.model = one.model and before.record_id = one.record_id
                 and before.event_id < one.event_id))
        order by next_attempt_at, id limit $2 for update skip locked)
     update deliveries set claim = $3, next_attempt_at = now() + interval '1 millisecond' * $4
       from due where deliveries.id = due.id
     returning deliveries.id, message_id, event_id, system, model, record_id, attempts, created_at, claim`,
    [id, limit, randomUUID(), leaseMs],
  );
  return rows;
}

/** While a probe is under way nothing else is sent; should its worker die, the next probe is after the lease. */
async function holdOthers(tx: PoolClient, id: string, leaseMs: number): Promise<void> {
  const sql = `update subscriptions set open_until = now() + interval '1 millisecond' * $2 where id = $1`;
  await tx.query(sql, [id, leaseMs]);
}

async function moveOn(tx: PoolClient, id: string, ms: number): Promise<void> {
  const sql = `update subscriptions set next_send_at = greatest(next_send_at, now()) + interval '1 millisecond' * $2 where id = $1`;
  await tx.query(sql, [id, ms]);
}

async function eventsOf(tx: PoolClient, rows: readonly Row[], columns: string): Promise<Map<string, WebhookEventRow>> {
  const ids = rows.map(({ event_id }) => event_id).filter((id) => id !== null);
  if (ids.length === 0) return new Map();
  const sql = `select ${columns} from webhook_events where id = any($1::bigint[])`;
  const { rows: events } = await tx.query<WebhookEventRow>(sql, [ids]);
  return new Map(events.map((event) => [event.id, event]));
}
