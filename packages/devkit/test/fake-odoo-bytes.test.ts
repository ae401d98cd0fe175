import { FakeOdoo, scheduledBody, type Change, type JsonObject, type Operation } from '../src/fake-odoo/index';
import { ask, capture, Clock, Receiver } from './fake-odoo-help';

interface Payload extends JsonObject {
  readonly _metadata: { readonly display_name: string; readonly timestamp?: string };
  readonly _changed_fields?: readonly string[];
}

/** The business call that must have led to this payload. */
function changeFor(model: string, recordId: number, operation: Operation, payload: Payload): Change {
  const { _metadata, _changed_fields: changedFields = [], ...fields } = payload;
  return {
    model,
    recordId,
    operation,
    changedFields,
    displayName: _metadata.display_name,
    fields,
  };
}

/** Ids up to here are gone. */
function burn(odoo: FakeOdoo, ids: number): void {
  while (ids > 0) {
    const failed = odoo.holdBack({ model: 'res.partner', recordId: 1 });
    ids -= failed.written.length;
    failed.rollback();
  }
}

const CONFIG_PATH = ['product.template', 'sale.order', 'res.partner'].map((model) => ({
  model,
  path: 'config' as const,
  operations: ['create', 'write', 'unlink'] as const,
  priority: 'high' as const,
  instant: true,
}));

describe('what the fake Odoo sends, byte for byte', () => {
  const clock = new Clock();
  const receiver = new Receiver();
  let odoo: FakeOdoo | undefined;

  beforeAll(() => receiver.listen());
  afterEach(async () => {
    await odoo?.close();
    receiver.received.length = 0;
  });
  afterAll(() => receiver.close());

  it('is the captured page, indented and escaped', async () => {
    const raw = capture<{ response: { raw_body: string } }>('pull-raw-text-3').response.raw_body;
    type Row = { id: number; model: string; record_id: number; event: Operation; timestamp: string; payload: Payload };
    const { events } = JSON.parse(raw) as { events: Row[] };
    odoo = new FakeOdoo({ apiKey: 'k', now: clock.now, gapRate: 0, tracking: CONFIG_PATH });
    burn(odoo, 45);
    for (const { model, record_id: recordId, event, timestamp, payload } of events) {
      clock.set(timestamp);
      odoo.commit(changeFor(model, recordId, event, payload));
    }
    odoo.commit({ model: 'res.partner' }); // so that there is more
    await odoo.listen();

    const page = await ask(`${odoo.url}/api/webhooks/pull?last_event_id=45&limit=3`, { headers: { 'X-API-Key': 'k' } });

    const time = /"timestamp": "[^"]*"\n\}$/;
    expect(page.body.replace(time, '')).toBe(raw.replace(time, ''));
  });

  it.each(['push-instant-config-res.partner-write', 'push-instant-config-sale.order-unlink'])(
    'is the captured instant push: %s',
    async (name) => {
      const { request } = capture<{ request: { raw_body: string; headers: Record<string, string> } }>(name);
      type Metadata = { event_id: number; event_type: Operation; model: string; record_id: number; timestamp: string };
      const body = JSON.parse(request.raw_body) as Payload & { _webhook_metadata: Metadata };
      const { _webhook_metadata: metadata, ...payload } = body;
      clock.set(metadata.timestamp);
      const push = { url: receiver.url, auth: { type: 'bearer', token: '<SECRET>' } } as const;
      odoo = new FakeOdoo({ now: clock.now, gapRate: 0, lateTimestampRate: 0, tracking: CONFIG_PATH, push });
      burn(odoo, metadata.event_id - 1);
      const { model, record_id: recordId, event_type: operation } = metadata;

      await odoo.pushNow(odoo.commit(changeFor(model, recordId, operation, payload)));

      const [received] = receiver.received;
      expect(received?.body).toBe(request.raw_body);
      const headers = received?.headers.map(([header, value]) => [header, header === 'Host' ? '' : value]);
      expect(headers).toEqual(Object.entries({ ...request.headers, Host: '' }));
    },
  );

  it('is the captured scheduled push, changed_fields last', () => {
    const { request } = capture<{ request: { raw_body: string } }>('push-cron-config-res.partner-write');
    type Envelope = {
      event_id: number;
      model: string;
      record_id: number;
      event: Operation;
      timestamp: string;
      data: Payload;
    };
    const {
      event_id: id,
      model,
      record_id: recordId,
      event,
      timestamp,
      data,
    } = JSON.parse(request.raw_body) as Envelope;
    clock.set(timestamp);
    const tracking = [{ model, path: 'config' as const, instant: true }];
    odoo = new FakeOdoo({ now: clock.now, gapRate: 0, lateTimestampRate: 0, tracking, push: { url: receiver.url } });
    burn(odoo, id - 1);

    const [written] = odoo.commit(changeFor(model, recordId, event, data));

    expect(written?.pushes.map(scheduledBody)).toEqual([request.raw_body]);
  });
});
