import { assertHarmless, MAX_DEPTH } from './bounds';
import { EventEnvelope, envelopeKind, fromFlat, fromInstant, fromPulledRow, RawEvent } from './envelopes';
import { BridgeError, FieldError } from './errors';
import { contentKey, isDated, Origin } from './identity';
import { RejectedItem } from './jobs';
import { isRecord, JsonRecord, kindOf } from './json';
import { invalid, parse } from './parse';
import { falseToNull, IsRedacted, rawJson, redact } from './redact';
import { MAX_CHANGED_FIELDS, WebhookEvent } from './webhook-event';

/** Odoo sends at most 100 at once; checking more would hold up everybody else's pushes. */
const MAX_BATCH_ITEMS = 1_000;

/** What the normaliser cannot know from the body: for whom, when and by whom it came. */
export interface Arrival {
  readonly system: string;
  readonly received_at: string;
  readonly correlation_id: string;
  readonly key_id: string | null;
  readonly idempotency_key: string | null;
  readonly isRedacted: IsRedacted;
  /** A new uuid at each call. */
  readonly newId: () => string;
}

/** A push in our words; a connection test has no events and is not enqueued. */
export interface Push {
  readonly isConnectionTest: boolean;
  readonly events: readonly WebhookEvent[];
  /** The items of a batch that are refused; a single event that is refused throws. */
  readonly rejected: readonly RejectedItem[];
}

/** Any of the five shapes that Odoo pushes → events. Throws `EVENT_INVALID` when the body as a whole is refused. */
export function normalisePush(body: unknown, arrival: Arrival): Push {
  if (!isRecord(body)) throw invalid([{ field: '', message: `The body must be a JSON object, not ${kindOf(body)}` }]);
  assertHarmless(body);
  switch (envelopeKind(body)) {
    case 'connection-test':
      return { isConnectionTest: true, events: [], rejected: [] };
    case 'batch':
      return normaliseBatch(body['events'], arrival);
    default:
      return { isConnectionTest: false, events: [normaliseSingle(body, arrival)], rejected: [] };
  }
}

/** A row of the pull API → event. Throws `EVENT_INVALID`; the row is then a dead letter and its page goes on. */
export function normalisePulledRow(row: unknown, arrival: Arrival): WebhookEvent {
  if (!isRecord(row)) throw invalid([{ field: '', message: `The row must be a JSON object, not ${kindOf(row)}` }]);
  assertHarmless(row, MAX_DEPTH + 1); // what an instant push has at its top lies one level deeper here
  return toEvent(fromPulledRow(row), 'pull', arrival);
}

function normaliseBatch(items: unknown, arrival: Arrival): Push {
  if (!Array.isArray(items)) throw invalid([{ field: 'events', message: `must be an array, not ${kindOf(items)}` }]);
  if (items.length > MAX_BATCH_ITEMS) {
    const message = `must hold at most ${MAX_BATCH_ITEMS} items, not ${items.length}: send several batches`;
    throw invalid([{ field: 'events', message }]);
  }
  const events: WebhookEvent[] = [];
  const rejected: RejectedItem[] = [];
  items.forEach((item: unknown, index) => {
    const { idempotency_key: key } = arrival;
    const itemArrival = { ...arrival, idempotency_key: key === null ? null : `${key}#${index}` };
    try {
      events.push(normaliseItem(item, itemArrival));
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
      rejected.push(reject(item, index, error, arrival));
    }
  });
  return { isConnectionTest: false, events, rejected };
}

function normaliseItem(item: unknown, arrival: Arrival): WebhookEvent {
  if (!isRecord(item)) throw invalid([{ field: '', message: `The item must be a JSON object, not ${kindOf(item)}` }]);
  return normaliseSingle(item, arrival);
}

function normaliseSingle(body: JsonRecord, arrival: Arrival): WebhookEvent {
  return toEvent(envelopeKind(body) === 'instant' ? fromInstant(body) : fromFlat(body), 'push', arrival);
}

/** What a dead letter needs of an item that was refused: the item itself, redacted, and why. */
function reject(item: unknown, index: number, error: BridgeError, arrival: Arrival): RejectedItem {
  const { system, received_at, correlation_id, key_id } = arrival;
  const raw = rawJson(item, arrival.isRedacted);
  return { index, system, received_at, correlation_id, key_id, raw, code: error.code, message: error.message };
}

function toEvent(raw: RawEvent, origin: Origin, arrival: Arrival): WebhookEvent {
  const { event_id, event: operation, timestamp, ...envelope } = parse(EventEnvelope, raw.envelope);
  const payload = toPayload(raw.payload);
  const { system, received_at, correlation_id, key_id, idempotency_key, isRedacted, newId } = arrival;
  return {
    ...envelope,
    ...{ system, received_at, correlation_id, key_id, idempotency_key, operation, origin },
    arrival_id: newId(),
    origin_id: event_id,
    content_key: contentKey({ ...envelope, system, operation, payload }),
    dated: isDated(payload),
    occurred_at: timestamp ?? received_at,
    timestamped: timestamp !== null,
    priority: envelope.priority ?? 'medium', // the addon's own default
    changed_fields: envelope.changed_fields ?? changedFields(payload),
    is_test: payload['_test_event'] === true,
    data: falseToNull(redact(payload, isRedacted)),
  };
}

function toPayload(value: unknown): JsonRecord {
  if (value === undefined || value === null || value === false) return {};
  if (isRecord(value)) return value;
  const problem: FieldError = { field: 'data', message: `must be a JSON object, not ${kindOf(value)}` };
  throw invalid([problem]);
}

/** The rule path names the written fields only inside the payload (`odoo-wire/README.md` §1), which nobody checks. */
function changedFields(payload: JsonRecord): string[] | null {
  const names = payload['_changed_fields'];
  if (!Array.isArray(names)) return null;
  return names.filter(isFieldName).slice(0, MAX_CHANGED_FIELDS);
}

function isFieldName(name: unknown): name is string {
  return typeof name === 'string' && name.length <= 128;
}
