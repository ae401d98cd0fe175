import {
  array,
  assert,
  constantFrom,
  dictionary,
  integer,
  jsonValue,
  oneof,
  property,
  record,
  string,
  tuple,
} from 'fast-check';
import { BridgeError } from '../src/errors';
import { contentKey } from '../src/identity';
import { canonicalJson, isRecord, JsonRecord } from '../src/json';
import { normalisePulledRow, normalisePush } from '../src/normalise';
import { parseEvent, WebhookEvent } from '../src/webhook-event';
import { arrival } from './arrival';

const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 300);

/** What a record may hold, and what only the addon puts beside it. */
const payload = dictionary(string().filter(isFieldName), jsonValue({ maxDepth: 4 }), { maxKeys: 6 });
const SUBJECT = { model: 'sale.order', record_id: 7 };
const parts = record({
  system: string(),
  model: string(),
  record_id: integer(),
  operation: constantFrom('create', 'write', 'unlink'),
  payload,
});

function isFieldName(name: string): boolean {
  return name !== '__proto__' && name !== '_webhook_metadata';
}

/** The same JSON with the keys the other way round, at every depth. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, turned(member)]),
  );
}

describe('the content key of anything', () => {
  it('does not depend on the order of keys', () => {
    assert(
      property(parts, (given) => {
        expect(contentKey({ ...given, payload: turned(given.payload) as JsonRecord })).toBe(contentKey(given));
      }),
      { numRuns },
    );
  });

  it('is the same just when the system, the subject and the payload are', () => {
    const textOf = (given: object): string => canonicalJson(JSON.parse(JSON.stringify(given)));
    const change = tuple(parts, parts, constantFrom('system', 'model', 'record_id', 'operation', 'payload'));
    assert(
      property(change, ([given, other, name]) => {
        const changed = { ...given, [name]: other[name] };
        expect(contentKey(changed) === contentKey(given)).toBe(textOf(changed) === textOf(given));
      }),
      { numRuns },
    );
  });

  it('differs with a single value at any place of the payload', () => {
    assert(
      property(payload, string().filter(isFieldName), jsonValue(), (given, name, value) => {
        const changed = { ...given, [name]: [value, given[name] ?? null] }; // longer than what was there: never the same
        const of = (data: JsonRecord): string =>
          contentKey({ system: 'odoo', operation: 'write', ...SUBJECT, payload: data });
        expect(of(changed)).not.toBe(of(given));
      }),
      { numRuns },
    );
  });

  it('is the same for the instant, the scheduled and the pulled form', () => {
    assert(
      property(payload, integer({ min: 1 }), integer({ min: 1 }), (data, pushId, pullId) => {
        const metadata = { ...SUBJECT, event_id: pushId, event_type: 'write', timestamp: '2026-11-23T06:22:26' };
        const flat = { ...SUBJECT, event: 'write', event_id: pushId, data, priority: 'low' };
        const row = { ...SUBJECT, event: 'write', id: pullId, payload: turned(data), user_id: 2 };

        const keys = [
          only(normalisePush({ ...data, _webhook_metadata: metadata }, arrival()).events),
          only(normalisePush(flat, arrival()).events),
          normalisePulledRow(row, arrival()),
        ].map(({ content_key }) => content_key);

        expect(new Set(keys).size).toBe(1);
      }),
      { numRuns },
    );
  });
});

function only(events: readonly WebhookEvent[]): WebhookEvent {
  expect(events).toHaveLength(1);
  return events[0] as WebhookEvent;
}

/** Bodies that are nearly right: any JSON in any of the places that the normaliser looks at. */
const NAMES = [
  ...['model', 'record_id', 'event', 'event_id', 'timestamp', 'priority', 'category', 'data', 'payload', 'id', 'test'],
  ...['changed_fields', 'user_id', 'user_name', 'batch', 'events', '_webhook_metadata', 'event_type', '__proto__'],
];
const odd = oneof(
  jsonValue({ maxDepth: 3 }),
  constantFrom(true, '2026-13-45T99:00:00', '0000-01-01T00:00:00', 1e400, 'write', '7'),
);
const nearly = array(tuple(constantFrom(...NAMES), odd)).map((members) => fromMembers(members));
const body = oneof(
  jsonValue(),
  nearly,
  nearly.map((item) => ({ ...SUBJECT, event: 'write', ...item })),
  tuple(nearly, nearly).map(([item, metadata]) => ({ ...item, _webhook_metadata: { ...SUBJECT, ...metadata } })),
  array(nearly).map((events) => ({ batch: true, events })),
);

/** As JSON.parse does it: `__proto__` is a key like any other. */
function fromMembers(members: readonly [string, unknown][]): JsonRecord {
  const target: JsonRecord = {};
  for (const [key, value] of members) {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return target;
}

describe('the normaliser', () => {
  it('makes of any JSON events that a worker can read, or says EVENT_INVALID', () => {
    assert(
      property(body, (given) => {
        for (const event of eventsOf(given)) {
          expect(parseEvent(JSON.parse(JSON.stringify(event)))).toMatchObject({ content_key: event.content_key });
        }
      }),
      { numRuns: numRuns * 3 },
    );
  });
});

function eventsOf(given: unknown): WebhookEvent[] {
  const read = [() => [...normalisePush(given, arrival()).events], () => [normalisePulledRow(given, arrival())]];
  return read.flatMap((normalise) => {
    try {
      return normalise();
    } catch (error) {
      if (error instanceof BridgeError && error.code === 'EVENT_INVALID') return [];
      throw error;
    }
  });
}
