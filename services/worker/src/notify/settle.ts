import { Pool, PoolClient } from 'pg';
import { AuditEntry, inAuditedTransaction, WORKER, writeAudit } from '../record/audit';
import { backoffMs } from './backoff';
import { ClaimedDelivery, Job, Receiver } from './claim';
import { NotifyRules } from './config';
import { Sent } from './send';
import { afterFailure, FAILURES_TO_OPEN, NextStanding, Standing } from './standing';

/**
 * What came of a try: of sending, or why nothing was sent. `unsigned`: no secret opens; `unmade`: the message could not be made,
 * which is a bug; `event_gone`: there is nothing to tell any more.
 */
export interface Tried extends Omit<Sent, 'outcome'> {
  readonly outcome: Sent['outcome'] | 'unsigned' | 'unmade' | 'event_gone';
  readonly durationMs: number;
}

/** How all stands after a try. */
export interface Settled {
  /** Undefined when the claim was no longer this worker's, and somebody else has to do with the delivery. */
  readonly delivery?: { readonly state: string; readonly attempts: number; readonly next_attempt_at: Date };
  /** What the try has done to the subscription. */
  readonly change?: 'opened' | 'paused' | 'recovered';
}

/** These say nothing of the receiver. */
const OUR_OWN: readonly Tried['outcome'][] = ['event_gone', 'unmade'];

/**
 * Notes what came of a try, in one transaction. A message that has arrived is delivered, whoever has claimed it meanwhile; a
 * failure that comes after the end of its lease changes nothing but the log of tries.
 */
export function settle(pool: Pool, { delivery, receiver }: Job, tried: Tried, rules: NotifyRules): Promise<Settled> {
  return inAuditedTransaction(pool, async (tx) => {
    if (tried.outcome === 'delivered') return deliver(tx, delivery, receiver, tried);
    await logTry(tx, delivery.id, tried);
    const failed = await fail(tx, delivery, tried, rules);
    if (failed === undefined) return {};
    if (failed.state === 'dead') await writeAudit(tx, [death(delivery, receiver, tried, failed.attempts)]);
    if (OUR_OWN.includes(tried.outcome)) {
      if (delivery.isProbe) await letNextProbe(tx, receiver.id);
      return { delivery: failed };
    }
    return { delivery: failed, ...(await weaken(tx, delivery, receiver, tried, rules.pauseAfterMs)) };
  });
}

/** One that the clean-up has deleted has no log any more. Times are PostgreSQL's. */
async function logTry(tx: PoolClient, id: string, tried: Tried): Promise<void> {
  await tx.query(
    `insert into delivery_attempts (delivery_id, at, duration_ms, status, outcome, error, answer, worker)
     select id, now() - interval '1 millisecond' * $2, $2, $3, $4, $5, $6, $7 from deliveries where id = $1`,
    [id, tried.durationMs, tried.status, tried.outcome, tried.error, textOf(tried.answer), WORKER],
  );
}

/** All at once, since it is what happens most. A wait that the receiver has asked for lasts; one of the breaker's ends. */
async function deliver(
  tx: PoolClient,
  { id }: ClaimedDelivery,
  receiver: Receiver,
  { status, answer, durationMs }: Tried,
): Promise<Settled> {
  const { rows } = await tx.query<NonNullable<Settled['delivery']> & { failed: number | null }>(
    `with logged as (
       insert into delivery_attempts (delivery_id, at, duration_ms, status, outcome, answer, worker)
       select id, now() - interval '1 millisecond' * $2, $2, $3, 'delivered', $4, $5 from deliveries where id = $1),
     closed as (
       update deliveries
          set state = 'delivered', closed_at = now(), attempts = attempts + 1, claim = null, last_status = $3, last_error = null
        where id = $1 and state <> 'delivered'
       returning state, attempts, next_attempt_at),
     was as (
       select id, failures from subscriptions where id = $6 and failures > 0 for no key update),
     well as (
       update subscriptions
          set failures = 0, failing_since = null, open_until = case when was.failures >= $7 then null else open_until end
         from was where subscriptions.id = was.id
       returning was.failures as failed)
     select closed.*, (select failed from well) from (select) as one left join closed on true`,
    [id, durationMs, status, textOf(answer), WORKER, receiver.id, FAILURES_TO_OPEN],
  );
  const { failed = null, ...delivery } = rows[0] ?? {};
  return {
    ...(isClosed(delivery) ? { delivery } : {}),
    ...((failed ?? 0) >= FAILURES_TO_OPEN ? { change: 'recovered' } : {}),
  };
}

/** It was closed now, and not before. */
function isClosed(delivery: Partial<Settled['delivery']>): delivery is NonNullable<Settled['delivery']> {
  return typeof delivery?.state === 'string';
}

async function fail(
  tx: PoolClient,
  { id, claim, attempts }: ClaimedDelivery,
  { outcome, status, error, retryAfterMs }: Tried,
  rules: NotifyRules,
): Promise<Settled['delivery']> {
  const attempt = attempts + 1;
  const spent = outcome === 'unsigned' ? 0 : 1; // nothing was sent: some worker lacks a key, and no delivery is to die of that
  const state = outcome === 'event_gone' || attempts + spent >= rules.attempts ? 'dead' : 'waiting';
  const waitMs = backoffMs(attempt, rules.backoffMs, retryAfterMs);
  const { rows } = await tx.query<NonNullable<Settled['delivery']>>(
    `update deliveries
        set state = $3, attempts = attempts + $7, claim = null, last_status = $4, last_error = $5,
            next_attempt_at = now() + interval '1 millisecond' * $6, closed_at = case $3 when 'dead' then now() end
      where id = $1 and claim = $2 and state = 'waiting'
      returning state, attempts, next_attempt_at`,
    [id, claim, state, status, error, waitMs, spent],
  );
  return rows[0];
}

async function weaken(
  tx: PoolClient,
  { isProbe }: ClaimedDelivery,
  receiver: Receiver,
  tried: Tried,
  pauseAfterMs: number,
): Promise<Pick<Settled, 'change'>> {
  const sql = `select state, failures, failing_since, open_until, now() as now from subscriptions where id = $1 for no key update`;
  const [standing] = (await tx.query<Standing>(sql, [receiver.id])).rows;
  if (standing === undefined) return {};
  const { status, retryAfterMs = 0 } = tried;
  const holdMs = status === 429 || status === 503 ? retryAfterMs : 0;
  const next = afterFailure(standing, { isProbe, isGone: status === 410, holdMs }, pauseAfterMs);
  await tx.query('update subscriptions set failures = $2, failing_since = $3, open_until = $4 where id = $1', [
    receiver.id,
    next.failures,
    next.failing_since,
    next.open_until,
  ]);
  if (next.pausedBy !== undefined) await pause(tx, receiver, next.pausedBy, tried.error ?? tried.outcome);
  if (next.pausedBy !== undefined) return { change: 'paused' };
  return next.hasOpened ? { change: 'opened' } : {};
}

async function pause(
  tx: PoolClient,
  { id, name }: Receiver,
  by: NonNullable<NextStanding['pausedBy']>,
  reason: string,
): Promise<void> {
  await tx.query(
    `update subscriptions
        set state = 'paused', paused_by = $2, paused_at = now(), pause_reason = $3, updated_at = now() where id = $1`,
    [id, by, reason],
  );
  const detail = { subscription: name, paused_by: by, reason };
  await writeAudit(tx, [{ action: 'subscription.paused', outcome: 'done', error: reason, detail }]);
}

async function letNextProbe(tx: PoolClient, id: string): Promise<void> {
  await tx.query('update subscriptions set open_until = now() where id = $1', [id]);
}

function death(delivery: ClaimedDelivery, receiver: Receiver, tried: Tried, attempts: number): AuditEntry {
  const { id, system, model, record_id, event_id, event } = delivery;
  return {
    ...{ action: 'delivery.dead', outcome: 'failed', model, record_id, event_id, error: tried.error ?? tried.outcome },
    ...(system === null ? {} : { system }),
    ...(event === undefined ? {} : { correlation_id: event.correlation_id }),
    detail: { subscription: receiver.name, delivery_id: id, outcome: tried.outcome, attempts },
  };
}

/** PostgreSQL's text takes no NUL. */
function textOf(answer: string | undefined): string | undefined {
  return answer?.replaceAll('\u0000', '\uFFFD');
}
