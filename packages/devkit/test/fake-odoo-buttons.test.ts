import { FakeOdoo } from '../src/fake-odoo/index';
import { capture, Clock, Receiver, type Reply } from './fake-odoo-help';

interface Request {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

const OK: Reply = { status: 200, body: '{"status": "accepted"}' };

const REPLIES: Readonly<Record<string, Reply>> = {
  '200-json': OK,
  '200-empty': { status: 200 },
  '200-non-json': { status: 200, body: 'OK' },
  '200-json-list': { status: 200, body: '[]' },
  '202': { status: 202, body: '{}' },
  '204': { status: 204 },
  'HEAD 405, POST 200': OK,
  'HEAD 500, POST 200': OK,
  '401': { status: 401, body: '{"detail": "no"}' },
  '404': { status: 404, body: '{"detail": "no"}' },
  '422 list detail': { status: 422, body: '{"detail": [{"msg": "field required"}]}' },
  '429': { status: 429, body: '{"detail": "slow"}' },
  '503': { status: 503, body: '{"detail": "down"}' },
  '500-non-json': { status: 500, body: '<html>' },
  '500 json list': { status: 500, body: '[1]' },
};

describe('the buttons of the fake Odoo', () => {
  const receiver = new Receiver();
  const clock = new Clock();

  beforeAll(() => receiver.listen());
  beforeEach(() => {
    receiver.received.length = 0;
    receiver.reply = OK;
  });
  afterAll(() => receiver.close());

  interface Case {
    readonly subscriber_reply: string;
    readonly odoo_result: { readonly status: string; readonly message: string; readonly response_code?: number };
  }
  const { cases } = capture<{ cases: Case[] }>('test-connection-reply-matrix');
  it.each(cases.map((one) => [one.subscriber_reply, one] as const))('show as captured after %s', async (name, one) => {
    const head = /^HEAD (\d+)/.exec(name)?.[1];
    receiver.reply = ({ method }) =>
      method === 'HEAD' && head !== undefined ? { status: Number(head) } : (REPLIES[name] ?? 'drop');
    const odoo = new FakeOdoo({ push: { url: receiver.url } });

    const shown = await odoo.testConnection();

    const { status, message, response_code: code } = one.odoo_result;
    expect(shown).toEqual(code === undefined ? { status, message } : { status, message, response_code: code });
    expect(receiver.received.map(({ method }) => method)).toEqual(['HEAD', 'POST']);
  });

  it('ask without credentials and then with them', async () => {
    const { exchanges } = capture<{ exchanges: { request: Request }[] }>('test-connection-api_key');
    clock.set('2026-11-23T06:31:53');
    const push = { url: receiver.url, auth: { type: 'api_key', key: '<API_KEY>' } } as const;
    const odoo = new FakeOdoo({ push, now: clock.now });

    await odoo.testConnection();

    const expected = exchanges.map(({ request }) =>
      comparable(request.method, Object.entries(request.headers), request.body),
    );
    const got = receiver.received.map(({ method, headers, body }) =>
      comparable(method, headers, body === '' ? null : (JSON.parse(body) as unknown)),
    );
    expect(got).toEqual(expected);
  });

  function comparable(method: string, headers: readonly (readonly [string, string])[], body: unknown): unknown {
    return { method, headers: headers.map(([name, value]) => [name, name === 'Host' ? '' : value]), body };
  }

  it('send a test event for a configuration, which the pull never shows', async () => {
    const captured = capture<{ request: { body: { event_id: number } } }>('push-config-test-button').request.body;
    clock.set('2026-11-23T06:31:59');
    const odoo = new FakeOdoo({ push: { url: receiver.url }, now: clock.now });

    await odoo.pressTestButton('sale.order', 25);
    await odoo.pressTestButton('sale.order');

    const [first, second] = receiver.received.map(({ body }) => JSON.parse(body) as unknown);
    expect(first).toEqual({ ...captured, event_id: 1 });
    expect(second).toMatchObject({ event_id: 2, record_id: -1, data: { _test_event: true, sample_record_id: -1 } });
    expect(odoo.rows()).toEqual([]);
  });

  it('send a batch of scheduled envelopes', async () => {
    type Batch = { batch: boolean; timestamp: string; events: Record<string, unknown>[] };
    const captured = capture<{ request: { body: Batch } }>('push-batch').request.body;
    const odoo = new FakeOdoo({ push: { url: receiver.url } });

    await odoo.pushBatch(odoo.commit([{ model: 'product.category' }, { model: 'sale.order' }]));

    const batch = JSON.parse(receiver.received[0]?.body ?? '') as Batch;
    expect(Object.keys(batch)).toEqual(Object.keys(captured));
    expect(batch.events.map(({ model }) => model)).toEqual(['product.category', 'sale.order']);
    expect(Object.keys(batch.events[0] ?? {})).toEqual(Object.keys(captured.events[0] ?? {}));
  });
});
