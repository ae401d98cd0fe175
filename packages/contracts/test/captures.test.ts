import { isRecord, JsonRecord } from '../src/json';
import { normalisePulledRow, normalisePush } from '../src/normalise';
import { WebhookEvent } from '../src/webhook-event';
import { arrival } from './arrival';
import { captureNames, pulledRows, pushedBodies } from './captures';

/** What an event must say, read off the wire by hand: no code is shared with the normaliser. */
interface Expected {
  readonly model: unknown;
  readonly record_id: unknown;
  readonly operation: unknown;
  readonly origin_id: string;
  readonly occurred_at: string;
  readonly payload: JsonRecord;
  readonly changed_fields: unknown;
}

function expectedOfInstant(body: JsonRecord): Expected {
  const { _webhook_metadata: metadata, ...payload } = body;
  const { model, record_id, event_type, event_id, timestamp } = metadata as JsonRecord;
  return expected({ model, record_id, event: event_type, id: event_id, timestamp, payload });
}

function expected({ model, record_id, event, id, timestamp, payload, changed_fields }: JsonRecord): Expected {
  const data = payload as JsonRecord;
  return {
    ...{ model, record_id, operation: event },
    origin_id: String(id),
    occurred_at: `${String(timestamp)}.000Z`,
    payload: data,
    changed_fields: changed_fields ?? data['_changed_fields'] ?? null,
  };
}

const PRIVATE =
  /^(.*token|pin|ssnid|sinid|passport_id|identification_id|visa_no|permit_no|private_.*|emergency_.*|spouse_.*|birthday|place_of_birth)$/;

/** The payload as it must be stored: private fields gone, null for Odoo's `false`. */
function stored(value: unknown): unknown {
  if (value === false) return null;
  if (Array.isArray(value)) return value.map(stored);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (PRIVATE.test(key) ? [] : [[key, stored(item)]])),
  );
}

function expectEvent(event: WebhookEvent, { payload, ...envelope }: Expected): void {
  expect(event).toMatchObject(envelope);
  expect(event.data).toEqual(stored(payload));
  expect(event.dated).toBe(typeof payload['write_date'] === 'string');
}

const withPushes = captureNames.filter((name) => pushedBodies(name).length > 0);
const withRows = captureNames.filter((name) => pulledRows(name).length > 0);

describe('the normaliser, on what a real Odoo sent', () => {
  it('finds captures of every kind', () => {
    expect(captureNames.length).toBeGreaterThanOrEqual(189);
    expect(withPushes.length).toBeGreaterThan(40);
    expect(withRows.length).toBeGreaterThan(8);
  });

  it.each(withPushes)('reads every push in %s', (name) => {
    for (const body of pushedBodies(name)) {
      const push = normalisePush(body, arrival());

      expect(push.rejected).toEqual([]);
      if (body['test'] === true) expect(push).toMatchObject({ isConnectionTest: true, events: [] });
      else expectPush(body, push.events);
    }
  });

  it.each(withRows)('reads every pulled row in %s', (name) => {
    for (const row of pulledRows(name)) {
      const event = normalisePulledRow(row, arrival({ key_id: null }));

      expectEvent(event, expected(row));
      const { user_id, user_name, priority, category } = row;
      expect(event).toMatchObject({ origin: 'pull', priority, category });
      expect(event.user_id).toBe(user_id === false || user_id === undefined ? null : user_id);
      expect(event.user_name).toBe(user_name === false || user_name === undefined ? null : user_name);
    }
  });
});

function expectPush(body: JsonRecord, events: readonly WebhookEvent[]): void {
  if ('_webhook_metadata' in body) {
    expect(events).toHaveLength(1);
    expectEvent(events[0] as WebhookEvent, expectedOfInstant(body));
    expect(events[0]).toMatchObject({ origin: 'push', priority: 'high' });
    return;
  }
  const items = body['batch'] === true ? (body['events'] as JsonRecord[]) : [body];
  expect(events).toHaveLength(items.length);
  items.forEach((item, index) => {
    const event = events[index] as WebhookEvent;
    expectEvent(event, expected({ ...item, id: item['event_id'], payload: item['data'] }));
    expect(event).toMatchObject({ origin: 'push', priority: item['priority'], category: item['category'] });
    expect(event.is_test).toBe((item['data'] as JsonRecord)['_test_event'] === true);
  });
}
