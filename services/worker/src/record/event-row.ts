import { WebhookEvent } from '@bridgecore/contracts';

/** A row of `webhook_events` as `record` builds it; the names are the columns'. Times are ISO 8601 in UTC. */
export interface EventRow {
  /** Drawn just before the row is inserted; null until then. */
  id: string | null;
  readonly system: string;
  readonly content_key: string;
  readonly dated: boolean;
  readonly is_test: boolean;
  occurred_at: string;
  received_at: string;
  priority: string;
  category: string | null;
  user_id: number | null;
  user_name: string | null;
  changed_fields: readonly string[] | null;
  push_id: string | null;
  pull_id: string | null;
  pushed_at: string | null;
  pulled_at: string | null;
  push_occurred_at: string | null;
  arrival_id: string | null;
  idempotency_key: string | null;
}

/** A row to be inserted: what only the first arrival gives is there too. */
export interface NewEventRow extends EventRow {
  readonly model: string;
  readonly record_id: number;
  readonly operation: string;
  readonly data: object;
  readonly correlation_id: string;
  readonly key_id: string | null;
}

/** The row of an event that arrives for the first time. */
export function beginRow(event: WebhookEvent): NewEventRow {
  const { system, model, record_id, operation, data, content_key, dated, is_test } = event;
  const { occurred_at, received_at, priority, category, user_id, user_name, changed_fields } = event;
  const { correlation_id, key_id } = event;
  return {
    id: null,
    ...{ system, model, record_id, operation, data, content_key, dated, is_test },
    ...{ occurred_at, received_at, priority, category, user_id, user_name, changed_fields },
    ...{ correlation_id, key_id },
    ...(event.origin === 'push' ? { ...NOT_PULLED, ...pushPart(event) } : { ...NOT_PUSHED, ...pullPart(event) }),
  };
}

/**
 * The row after its twin has arrived too. The pull's time, priority, category and user win, since only the pull
 * knows them all; the push's are of the rule that pushed (`odoo-wire/README.md` §1).
 */
export function joinRow(row: EventRow, event: WebhookEvent): void {
  const { occurred_at, priority, category, user_id, user_name, received_at, changed_fields } = event;
  if (event.origin === 'pull') Object.assign(row, { occurred_at, priority, category, user_id, user_name });
  Object.assign(row, event.origin === 'push' ? pushPart(event) : pullPart(event));
  row.changed_fields ??= changed_fields;
  if (received_at < row.received_at) row.received_at = received_at;
}

const NOT_PUSHED = { push_id: null, pushed_at: null, push_occurred_at: null, arrival_id: null, idempotency_key: null };
const NOT_PULLED = { pull_id: null, pulled_at: null };

type PushPart = Pick<EventRow, keyof typeof NOT_PUSHED>;
type PullPart = Pick<EventRow, keyof typeof NOT_PULLED>;

function pushPart({
  origin_id,
  received_at,
  occurred_at,
  timestamped,
  arrival_id,
  idempotency_key,
}: WebhookEvent): PushPart {
  const push_occurred_at = timestamped ? occurred_at : null;
  return { push_id: origin_id, pushed_at: received_at, push_occurred_at, arrival_id, idempotency_key };
}

function pullPart({ origin_id, received_at }: WebhookEvent): PullPart {
  return { pull_id: origin_id, pulled_at: received_at };
}
