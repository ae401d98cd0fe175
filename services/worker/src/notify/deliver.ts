import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { BridgeError } from '@bridgecore/contracts';
import { WebhookEventRow } from '@bridgecore/database';
import { Log } from '@bridgecore/runtime';
import { Job } from './claim';
import { NotifyRules } from './config';
import { DeliveryMeter } from './meters';
import { Addressee } from './message';
import { Send } from './send';
import { Settled, settle, Tried } from './settle';
import { Signatures } from './signatures';

/** Makes the texts that are sent. */
export interface Messages {
  /** What to select of `webhook_events` for a message. */
  readonly columns: string;
  readonly messageOf: (event: WebhookEventRow, subscription: Addressee) => string;
  /** `at` is when the test was asked for. */
  readonly testMessage: (subscription: Addressee, at: Date) => string;
}

/** What a delivery is tried with. */
export interface DeliveryTools {
  readonly pool: Pool;
  readonly log: Log;
  readonly rules: NotifyRules;
  readonly send: Send;
  readonly signatures: Signatures;
  readonly messages: Messages;
  readonly meter: DeliveryMeter;
  /** Aborted when the worker is to end. */
  readonly ended: AbortSignal;
}

/** How often a result is tried to be noted while PostgreSQL is away. */
const AGAIN_MS = 500;

/**
 * Tries a claimed delivery once and notes what came of it. No connection to PostgreSQL is held meanwhile. Throws when that
 * cannot be noted; then it is sent again after the lease, with the same id.
 */
export async function deliver(job: Job, tools: DeliveryTools): Promise<void> {
  const startedAt = performance.now();
  const came = await attempt(job, tools);
  const tried = { ...came, durationMs: Math.round(performance.now() - startedAt) };
  const settled = await settleAtLast(job, tried, tools);
  tools.meter.tried(job, tried, settled);
  tell(job, tried, settled, tools.log);
}

async function attempt({ delivery, receiver }: Job, tools: DeliveryTools): Promise<Omit<Tried, 'durationMs'>> {
  const { messages, signatures, send } = tools;
  const { event, event_id, created_at } = delivery;
  if (event_id !== null && event === undefined) return { outcome: 'event_gone', error: 'its event is no longer kept' };
  let body: string;
  try {
    body = event === undefined ? messages.testMessage(receiver, created_at) : messages.messageOf(event, receiver);
  } catch (error) {
    tools.log.error('delivery.unmade', { subscription: receiver.name, delivery_id: delivery.id, event_id, error });
    return { outcome: 'unmade', error: 'its message could not be made; see delivery.unmade in the log' };
  }
  const id = `msg_${delivery.message_id.replaceAll('-', '')}`;
  const at = new Date();
  const signature = await signatures.sign(receiver, receiver.secrets, { id, at, body });
  if (signature === undefined)
    return { outcome: 'unsigned', error: 'no secret of it can be decrypted: SECRET_KEYS_FILE lacks its key' };
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
  return send({ url: receiver.url, headers, body });
}

/** A result is worth waiting for PostgreSQL: without it, the receiver gets the message again. */
async function settleAtLast(job: Job, tried: Tried, { pool, rules, ended }: DeliveryTools): Promise<Settled> {
  for (;;) {
    try {
      return await settle(pool, job, tried, rules);
    } catch (error) {
      if (!(error instanceof BridgeError && error.retry) || ended.aborted) throw error;
      await sleep(AGAIN_MS, undefined, { signal: ended }).catch(() => undefined); // ended: tried once more
    }
  }
}

/** One line at the end of each try. */
function tell({ delivery, receiver }: Job, tried: Tried, settled: Settled, log: Log): void {
  const { id, event_id, system, model, record_id, event, attempts } = delivery;
  const { outcome, status, error, durationMs: duration_ms } = tried;
  const { delivery: after, change } = settled;
  const { name: subscription } = receiver;
  const next_attempt_at = after?.state === 'waiting' ? after.next_attempt_at : undefined;
  const line = {
    ...{ subscription, delivery_id: id, event_id, system, model, record_id, correlation_id: event?.correlation_id },
    ...{
      outcome,
      status,
      attempt: attempts + 1,
      duration_ms,
      next_attempt_at,
      state: after?.state ?? 'not_ours',
      error,
    },
  };
  if (outcome === 'delivered') log.info('delivery.done', line);
  else log.warn('delivery.failed', line);
  if (change === 'opened') log.warn('subscription.opened', { subscription, outcome, status, error });
  if (change === 'paused') {
    const hint = `nothing is sent until an operator resumes it: bridgecore subscriptions resume ${subscription}`;
    log.warn('subscription.paused', { subscription, outcome, status, error, hint });
  }
  if (change === 'recovered') log.info('subscription.recovered', { subscription });
}
