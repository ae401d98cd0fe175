import { BridgeError } from '../src/errors';
import { JsonRecord } from '../src/json';
import { normalisePulledRow, normalisePush, Push } from '../src/normalise';
import { arrival } from './arrival';

const flat = {
  model: 'sale.order',
  record_id: 7,
  event: 'write',
  event_id: 12,
  timestamp: '2026-11-23T06:22:26',
  data: { id: 7 },
};

function push(different: JsonRecord): Push {
  return normalisePush({ ...flat, ...different }, arrival());
}

function failureOf(work: () => unknown): BridgeError {
  try {
    work();
  } catch (error) {
    if (error instanceof BridgeError) return error;
    throw error;
  }
  throw new Error('expected a BridgeError');
}

describe('a flat push', () => {
  it('needs only model, record_id and event', () => {
    const [event] = normalisePush({ model: 'res.partner', record_id: 3, event: 'create' }, arrival()).events;

    expect(event).toMatchObject({
      ...{ model: 'res.partner', record_id: 3, operation: 'create', origin_id: null, data: {}, dated: false },
      ...{ occurred_at: '2026-11-23T07:00:00.000Z', timestamped: false, priority: 'medium', category: null },
      ...{ user_id: null, user_name: null, changed_fields: null, is_test: false, system: 'odoo', key_id: 'push' },
    });
  });

  it.each([
    ['record_id', '7', 'record_id', 7],
    ['record_id', -1, 'record_id', -1],
    ['record_id', 2147483647, 'record_id', 2147483647],
    ['event_id', '12', 'origin_id', '12'],
    ['event_id', false, 'origin_id', null],
    ['event_id', '', 'origin_id', null],
    ['event_id', 'x'.repeat(128), 'origin_id', 'x'.repeat(128)],
    ['timestamp', '2026-11-23 06:22:26', 'occurred_at', '2026-11-23T06:22:26.000Z'],
    ['timestamp', '2026-11-23T06:22:26.099508', 'occurred_at', '2026-11-23T06:22:26.099Z'],
    ['timestamp', '2026-11-23T06:22:26+02:00', 'occurred_at', '2026-11-23T04:22:26.000Z'],
    ['timestamp', false, 'occurred_at', '2026-11-23T07:00:00.000Z'],
    ['priority', false, 'priority', 'medium'],
    ['priority', 'low', 'priority', 'low'],
    ['category', false, 'category', null],
    ['user_id', false, 'user_id', null],
    ['user_id', '2', 'user_id', 2],
    ['user_name', 'Mitchell Admin', 'user_name', 'Mitchell Admin'],
    ['changed_fields', ['a', 'b'], 'changed_fields', ['a', 'b']],
    ['changed_fields', false, 'changed_fields', null],
  ])('takes %s %j as %s %j', (field, given, name, expected) => {
    const [event] = push({ [field]: given }).events;

    expect(event).toMatchObject({ [name]: expected });
  });

  it('leaves alone what it does not know, however much that is', () => {
    const strange = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, [{ n }]]));

    expect(push(strange).events[0]).toMatchObject({ model: 'sale.order', data: { id: 7 } });
  });

  it('takes the data under either of its names', () => {
    const { data: _data, ...rest } = flat;

    const [event] = normalisePush({ ...rest, payload: { id: 9, active: false } }, arrival()).events;

    expect(event?.data).toEqual({ id: 9, active: null });
  });

  it.each([
    ['model', undefined, /model must be the name of an Odoo model/],
    ['model', 'sale order; drop', /model must be the name of an Odoo model/],
    ['model', 7, /model must be the name/],
    ['record_id', 'seven', /record_id must be an integer from -1 to 2147483647/],
    ['record_id', 1.5, /record_id must be an integer/],
    ['record_id', -2, /record_id must be an integer/],
    ['record_id', 2147483648, /record_id must be an integer/],
    ['record_id', [7], /record_id must be an integer/],
    ['record_id', true, /record_id must be an integer/],
    ['event', 'archive', /event must be one of create, write, unlink/],
    ['event_id', 2 ** 53, /event_id must be a whole number up to 2\^53/],
    ['event_id', 1.5, /event_id must be a whole number/],
    ['event_id', { a: 1 }, /event_id must be a whole number/],
    ['event_id', 'x'.repeat(129), /event_id must be .* at most 128/],
    ['event_id', 'a\u0000b', /event_id must be .* printable/],
    ['event_id', 'a\ud800', /event_id must be .* printable/],
    ['timestamp', 'yesterday', /timestamp must be an ISO 8601 time/],
    ['timestamp', '2026-02-30T00:00:00', /timestamp must be an ISO 8601 time/],
    ['timestamp', '2026-11-23T25:00:00', /timestamp must be an ISO 8601 time/],
    ['timestamp', '9999-12-31T23:59:59-05:00', /timestamp must be an ISO 8601 time/],
    ['timestamp', '0000-01-01T00:00:00', /timestamp must be an ISO 8601 time/],
    ['timestamp', 1795415000, /timestamp must be an ISO 8601 time/],
    ['priority', 'urgent', /priority must be one of high, medium, low/],
    ['category', 5, /category must be/],
    ['user_id', 'bob', /user_id must be an integer/],
    ['changed_fields', 'name', /changed_fields must be an array of field names/],
    ['changed_fields', [1], /changed_fields must be an array of field names/],
    ['data', [1], /data must be a JSON object, not an array/],
    ['data', 'text', /data must be a JSON object, not a string/],
  ])('is refused when %s is %j', (field, value, message) => {
    const failure = failureOf(() => push({ [field]: value }));

    expect(failure).toMatchObject({ code: 'EVENT_INVALID', status: 422 });
    expect(failure.message).toMatch(message);
    expect(failure.errors.map((error) => error.field)).toContain(field);
  });

  it('names every field at fault at once', () => {
    const failure = failureOf(() => push({ model: 1, record_id: 'x', event: 'y' }));

    expect(failure.errors.map(({ field }) => field)).toEqual(['model', 'record_id', 'event']);
  });
});

describe('any body', () => {
  it.each([[null], [7], ['text'], [[]], [[flat]]])('is refused when it is %j', (body) => {
    expect(failureOf(() => normalisePush(body, arrival())).message).toMatch(/must be a JSON object/);
  });

  it('is refused when it is nested deeper than 32 levels, before anything walks it', () => {
    const nested = (levels: number): unknown => JSON.parse('{"data":'.repeat(levels) + '1' + '}'.repeat(levels));

    expect(failureOf(() => normalisePush(nested(33), arrival())).message).toMatch(/nested deeper than 32 levels/);
    expect(failureOf(() => normalisePush(nested(100_000), arrival())).message).toMatch(/nested deeper/);
    expect(failureOf(() => normalisePush(nested(32), arrival())).message).not.toMatch(/nested/);
  });

  it('is refused when a key could reach a prototype, and pollutes nothing', () => {
    const body: unknown = JSON.parse(
      `{"model":"a.b","record_id":1,"event":"write","data":{"x":{"__proto__":{"polluted":1}}}}`,
    );

    const failure = failureOf(() => normalisePush(body, arrival()));

    expect(failure.errors).toEqual([{ field: 'data.x.__proto__', message: 'is a key that is not allowed' }]);
    expect(({} as JsonRecord)['polluted']).toBeUndefined();
  });

  it('keeps a field that is merely called constructor', () => {
    const [event] = push({ data: { constructor: 'ACME', prototype: { a: 1 }, toString: 'x' } }).events;

    expect(event?.data).toEqual({ constructor: 'ACME', prototype: { a: 1 }, toString: 'x' });
  });

  it.each([
    'model',
    'record_id',
    'event',
    'event_id',
    'timestamp',
    'priority',
    'category',
    'changed_fields',
    'user_id',
  ])('is refused, as a row is, when its %s is an object with a constructor of its own', (field) => {
    for (const odd of [{ constructor: 2, toString: 1 }, [{ constructor: 2 }]]) {
      const row = { ...flat, id: 12, payload: {}, [field === 'event_id' ? 'id' : field]: odd };

      expect(failureOf(() => push({ [field]: odd })).code).toBe('EVENT_INVALID');
      expect(failureOf(() => normalisePulledRow(row, arrival())).code).toBe('EVENT_INVALID');
    }
  });

  it('is refused when a number cannot be kept', () => {
    const body: unknown = JSON.parse('{"model":"a.b","record_id":1,"event":"write","data":{"amount":1e400}}');

    expect(failureOf(() => normalisePush(body, arrival())).errors[0]).toMatchObject({ field: 'data.amount' });
  });
});

describe('an instant push', () => {
  it('keeps the fields of the record, also those that are called like an envelope', () => {
    const record = { id: 3, name: 'N', test: true, batch: true, model: 'car', events: [1], _changed_fields: ['name'] };
    const metadata = {
      event_id: 5,
      event_type: 'create',
      model: 'fleet.vehicle',
      record_id: 3,
      timestamp: '2026-11-23T06:22:26',
    };

    const [event] = normalisePush({ ...record, _webhook_metadata: metadata }, arrival()).events;

    expect(event).toMatchObject({
      model: 'fleet.vehicle',
      record_id: 3,
      operation: 'create',
      priority: 'high',
      data: record,
    });
    expect(event?.changed_fields).toEqual(['name']);
  });

  it('is refused when its metadata is no object', () => {
    const failure = failureOf(() => normalisePush({ id: 3, _webhook_metadata: 'x' }, arrival()));

    expect(failure.errors).toEqual([{ field: '_webhook_metadata', message: 'must be a JSON object' }]);
  });
});

describe('a batch', () => {
  it('keeps the good items and names the bad ones', () => {
    const bad = { ...flat, model: 5, data: { pin: '1234', note: 'n' } };

    const { events, rejected } = normalisePush(
      { batch: true, events: [flat, bad, 7] },
      arrival({ idempotency_key: 'k' }),
    );

    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ origin_id: '12', idempotency_key: 'k#0' });
    expect(rejected.map(({ index, code }) => [index, code])).toEqual([
      [1, 'EVENT_INVALID'],
      [2, 'EVENT_INVALID'],
    ]);
    expect(JSON.parse(rejected[0]?.raw ?? '')).toEqual({ ...flat, model: 5, data: { note: 'n' } });
  });

  it('is refused when it holds more items than can be checked in a moment', () => {
    const items = Array.from({ length: 1_001 }, () => flat);

    expect(failureOf(() => normalisePush({ batch: true, events: items }, arrival())).message).toMatch(
      /at most 1000 items, not 1001/,
    );
  });

  it('is taken when it is empty, and refused when it is no list', () => {
    expect(normalisePush({ batch: true, events: [] }, arrival())).toEqual({
      isConnectionTest: false,
      events: [],
      rejected: [],
    });
    expect(failureOf(() => normalisePush({ batch: true, events: {} }, arrival())).message).toMatch(
      /events must be an array/,
    );
  });
});

describe('a pulled row', () => {
  it('is refused with its reason when it is no row', () => {
    expect(failureOf(() => normalisePulledRow('x', arrival())).message).toMatch(/must be a JSON object/);
    expect(failureOf(() => normalisePulledRow({ id: 1 }, arrival())).message).toMatch(/model must be/);
  });
});
