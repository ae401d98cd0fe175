import { randomBytes, randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { ask, type Answer } from './fake-odoo-help';

/** A secret as Standard Webhooks has them. */
export function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** What a sender varies. */
export interface Sending {
  readonly id?: string;
  readonly secrets: readonly string[];
  readonly at?: Date;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** A delivery as a sender makes it that follows the standard. */
export interface SignedRequest {
  readonly method: 'POST';
  readonly headers: Record<string, string>;
  readonly body: string;
}

export function signed({ id, secrets, at = new Date(), data = {} }: Sending): SignedRequest {
  const webhookId = id ?? `msg_${randomUUID().replaceAll('-', '')}`;
  const body = JSON.stringify({ type: 'sale.order.write', timestamp: at.toISOString(), data });
  const signatures = secrets.map((secret) => new Webhook(secret).sign(webhookId, at, body));
  const headers = {
    ...{ 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) },
    ...{ 'webhook-id': webhookId, 'webhook-signature': signatures.join(' ') },
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
  };
  return { method: 'POST', headers, body };
}

/** Sends one and waits for the answer. */
export function deliver(url: string, sending: Sending): Promise<Answer> {
  return ask(url, signed(sending));
}
