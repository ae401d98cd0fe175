import { Body } from '@bridgecore/contracts';
import { WebhookEventRow } from '@bridgecore/database';

/** Every column that an API shows of an event: one that is added to the entity must be added here, or this does not compile. */
const SHOWN: Readonly<Record<keyof WebhookEventRow, true>> = {
  ...{ id: true, system: true, model: true, record_id: true, operation: true, occurred_at: true, received_at: true },
  ...{ priority: true, category: true, user_id: true, user_name: true, changed_fields: true, data: true },
  ...{ push_id: true, pull_id: true, pushed_at: true, pulled_at: true, is_test: true, correlation_id: true },
};

/** What to select of `webhook_events` for a message. */
export const EVENT_COLUMNS = Object.keys(SHOWN).join(', ');

/** What a message needs to know of whom it is for. */
export interface Addressee {
  readonly name: string;
  readonly body: Body;
}

/**
 * The body that tells a subscription of an event, as JSON. The same row gives the same text. Throws on nothing that a row can
 * hold.
 */
export function messageOf(event: WebhookEventRow, { body }: Pick<Addressee, 'body'>): string {
  const data = body === 'changed' ? changedOnly(event) : event.data;
  return JSON.stringify({
    type: `${event.model}.${event.operation}`,
    timestamp: event.occurred_at,
    data: { ...event, data },
  });
}

/** The body of a test; `at` is when it was asked for, the same in every try. */
export function testMessage({ name }: Pick<Addressee, 'name'>, at: Date): string {
  return JSON.stringify({ type: 'bridgecore.test', timestamp: at, data: { subscription: name } });
}

/** Of a new record all is news; where nobody has said what has changed, anything may have. */
function changedOnly({ operation, changed_fields, data }: WebhookEventRow): WebhookEventRow['data'] {
  if (operation === 'create' || changed_fields === null || changed_fields.length === 0) return data;
  const changed = new Set(changed_fields);
  return Object.fromEntries(Object.entries(data).filter(([field]) => changed.has(field)));
}
