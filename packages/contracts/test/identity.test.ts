import { createHash } from 'node:crypto';
import { contentKey } from '../src/identity';
import { canonicalJson, isRecord, JsonRecord } from '../src/json';
import { normalisePulledRow, normalisePush } from '../src/normalise';
import { arrival } from './arrival';
import { capture, findAll } from './captures';

const pairs = findAll(capture('correlation-pairs.json'), (value) => isRecord(value['full']));

function sha16(payload: unknown): string {
  return createHash('sha256').update(canonicalJson(payload)).digest('hex').slice(0, 16);
}

describe('canonicalJson', () => {
  it('gives the recorded hash for the instant, the scheduled and the pulled form of an event', () => {
    expect(pairs.length).toBeGreaterThanOrEqual(5);
    for (const { pull, full } of pairs) {
      const { pull_event: row, instant_body, scheduled_body } = full as Record<string, JsonRecord | undefined>;
      const { _webhook_metadata: _metadata, ...instant } = instant_body ?? {};
      const golden = (pull as JsonRecord)['payload_sha256_16'];

      expect(sha16(row?.['payload'])).toBe(golden);
      if (isRecord(instant_body)) expect(sha16(instant)).toBe(golden);
      if (isRecord(scheduled_body)) expect(sha16(scheduled_body['data'])).toBe(golden);
    }
  });

  it('sorts keys at every depth and writes numbers as JavaScript does', () => {
    const text = canonicalJson(JSON.parse('{"b":[{"y":1.0,"x":1e2}],"a":{"d":false,"c":null},"é":"\\u00e9","B":-0}'));

    expect(text).toBe('{"B":0,"a":{"c":null,"d":false},"b":[{"x":100,"y":1}],"é":"é"}');
  });
});

describe('the content key', () => {
  it('is the same for a push and its pulled twin, whatever else differs', () => {
    for (const { full } of pairs) {
      const { pull_event, ...pushed } = full as Record<string, JsonRecord>;
      const row = normalisePulledRow(pull_event, arrival());

      for (const body of Object.values(pushed).filter(isRecord)) {
        const [event] = normalisePush(body, arrival({ correlation_id: 'other', idempotency_key: 'k' })).events;
        expect(event?.content_key).toBe(row.content_key);
      }
    }
  });

  it('has not changed: keys that are stored must be found again', () => {
    const parts = { system: 'odoo', model: 'sale.order', record_id: 28, operation: 'write' };
    const row = findAll(pairs[0], (value) => 'payload' in value)[0]?.['payload'] as JsonRecord;

    expect(contentKey({ ...parts, payload: {} })).toBe('b3acc79c-f04a-ecac-1936-d34250fd6bc7');
    expect(contentKey({ ...parts, payload: row })).toBe('2c5cd02c-6dc1-e523-52e5-0e05f74b09ad');
  });

  it('differs with the system, the model, the record, the operation and the payload', () => {
    const parts = { system: 'odoo', model: 'a.b', record_id: 1, operation: 'write', payload: { x: false } };
    const others = [
      { system: 'b' },
      { model: 'a.c' },
      { record_id: 2 },
      { operation: 'create' },
      { payload: { x: null } },
    ];

    const keys = [parts, ...others.map((other) => ({ ...parts, ...other }))].map(contentKey);

    expect(new Set(keys).size).toBe(keys.length);
  });
});
