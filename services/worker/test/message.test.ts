import { WebhookEventRow } from '@bridgecore/database';
import { messageOf, testMessage } from '../src/notify/message';

const EVENT: WebhookEventRow = {
  ...{ id: '90071992547409931', system: 'odoo', model: 'sale.order', record_id: 7, operation: 'write' },
  ...{ occurred_at: new Date('2026-11-26T10:00:00.123Z'), received_at: new Date('2026-11-26T10:00:01Z') },
  ...{ priority: 'high', category: null, user_id: 2, user_name: 'Ada', changed_fields: ['state', 'note', 'absent'] },
  ...{ data: { id: 7, state: 'sale', note: null, amount_total: 12.5 }, push_id: '31', pull_id: null },
  ...{ pushed_at: new Date('2026-11-26T10:00:01Z'), pulled_at: null, is_test: false, correlation_id: 'c-1' },
};
const told = (event: Partial<WebhookEventRow>, body: 'recorded' | 'changed'): unknown =>
  JSON.parse(messageOf({ ...EVENT, ...event }, { body }));

describe('the message of an event', () => {
  it('is the event as every API shows it, under its type and its time', () => {
    expect(told({}, 'recorded')).toEqual({
      type: 'sale.order.write',
      timestamp: '2026-11-26T10:00:00.123Z',
      data: JSON.parse(JSON.stringify(EVENT)) as unknown,
    });
  });

  it('is the same text in every try', () => {
    const again = structuredClone(EVENT);

    expect(messageOf(again, { body: 'changed' })).toBe(messageOf(EVENT, { body: 'changed' }));
  });

  it('holds no more of the data than the fields that have changed, where only these are asked for', () => {
    const message = told({}, 'changed');

    expect(message).toMatchObject({ data: { id: EVENT.id, changed_fields: EVENT.changed_fields } });
    expect(message).toHaveProperty(['data', 'data'], { state: 'sale', note: null });
  });

  it.each<[string, Partial<WebhookEventRow>]>([
    ['nobody has said what has changed', { changed_fields: null }],
    ['nothing is said to have changed', { changed_fields: [] }],
    ['the record is new', { operation: 'create' }],
  ])('holds all of the data when %s', (_, event) => {
    expect(told(event, 'changed')).toHaveProperty(['data', 'data'], EVENT.data);
  });

  it('loses no field by its name', () => {
    const data = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}') as Record<string, unknown>;

    const message = messageOf({ ...EVENT, data, changed_fields: ['__proto__'] }, { body: 'changed' });

    expect(message).toContain('"data":{"__proto__":{"a":1}}');
  });
});

describe('the message of a test', () => {
  it('says whom it tests and when it was asked for', () => {
    const message = testMessage({ name: 'shop' }, new Date('2026-11-26T10:00:00Z'));

    expect(JSON.parse(message)).toEqual({
      ...{ type: 'bridgecore.test', timestamp: '2026-11-26T10:00:00.000Z', data: { subscription: 'shop' } },
    });
  });
});
