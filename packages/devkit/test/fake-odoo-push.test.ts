import { FakeOdoo, type Auth, type FakeOdooOptions, type PushRow, type Subscriber } from '../src/fake-odoo/index';
import { freePort } from '../src/stack/free-port';
import { until } from '../src/until';
import { ask, capture, Clock, Receiver, type Reply } from './fake-odoo-help';

type Noted = Pick<
  PushRow,
  'status' | 'retry_count' | 'response_code' | 'error_message' | 'error_type' | 'next_retry_at'
>;

const PARTNERS_AT_ONCE = [{ model: 'res.partner', path: 'config', instant: true, priority: 'high' } as const];

/** The replies of the capture; their bodies stand in its error messages. */
const REPLIES: Readonly<Record<string, Reply>> = {
  '200-json': { status: 200, body: '{"success": true}' },
  '200-empty-body': { status: 200 },
  '200-non-json': { status: 200, body: 'OK' },
  '201': { status: 201 },
  '202': { status: 202, body: '{"success": true, "queued": true}' },
  '204': { status: 204 },
  '302-redirect': { status: 302, headers: { Location: '/elsewhere' } },
  '400': { status: 400, body: '{"detail": "bad"}' },
  '401': { status: 401, body: '{"detail": "Authentication required"}' },
  '404': { status: 404, body: '{"detail": "Not Found"}' },
  '409': { status: 409, body: '{"detail": "duplicate"}' },
  '422': { status: 422, body: '{"detail": [{"loc": ["body","model"], "msg": "field required"}]}' },
  '429': { status: 429, body: '{"detail": "slow down"}' },
  '500': { status: 500, body: 'oops' },
  '503': { status: 503, body: '{"detail": "down"}' },
  'conn-dropped': 'drop',
  'timeout-33s': 'hang',
  'connection-refused': 'drop', // of a port where nobody listens
};

describe('an instant push of the fake Odoo', () => {
  const receiver = new Receiver();
  let odoo: FakeOdoo | undefined;

  beforeAll(() => receiver.listen());
  afterEach(async () => {
    await odoo?.close();
    receiver.received.length = 0;
    receiver.reply = { status: 200 };
  });
  afterAll(() => receiver.close());

  function start(options: FakeOdooOptions & { readonly push: Subscriber }): FakeOdoo {
    odoo = new FakeOdoo(options);
    return odoo;
  }

  interface Case {
    readonly subscriber_reply: string;
    readonly client: 'jsonrpc' | 'web';
    readonly requests_seen: readonly string[];
    readonly event_after: Noted & { readonly sent_at: string | null };
  }
  const matrix = capture<{ cases: Case[] }>('push-instant-status-code-matrix').cases;
  it.each(matrix.map((one) => [`${one.subscriber_reply}, ${one.client}`, one] as const))(
    'is noted by the addon as captured after %s',
    async (_name, { subscriber_reply: reply, client, requests_seen: seen, event_after: after }) => {
      receiver.reply = REPLIES[reply] ?? 'drop';
      const url = reply === 'connection-refused' ? `http://127.0.0.1:${await freePort()}/closed` : receiver.url;
      const fake = start({ push: { url }, tracking: PARTNERS_AT_ONCE, instantTimeoutMs: 200, client });

      await fake.pushNow(fake.commit({ model: 'res.partner' }));

      const [row] = fake.pushRows();
      const { sent_at: sentAt, error_message: message, ...rest } = after;
      expect(row).toMatchObject(rest);
      expect(withoutAddress(row?.error_message)).toBe(withoutAddress(message));
      expect(row?.sent_at === null).toBe(sentAt === null);
      expect(receiver.received).toHaveLength(seen.length === 3 ? 31 : seen.length);
    },
  );

  function withoutAddress(message: string | null | undefined): string | null | undefined {
    return message?.replace(/host='[^']*', port=\d+/, '');
  }

  it('follows a redirect as GET without the body', async () => {
    receiver.reply = ({ method }) =>
      method === 'POST' ? { status: 302, headers: { Location: '/elsewhere' } } : { status: 200 };
    const fake = start({ push: { url: receiver.url, auth: { type: 'bearer', token: 't' } } });

    await fake.pushNow(fake.commit({ model: 'sale.order' }));

    const second = receiver.received[1];
    expect(second).toMatchObject({ method: 'GET', path: '/elsewhere', body: '' });
    expect(second?.headers.map(([name]) => name)).not.toContain('Content-Type');
  });

  it('finds its pull row readable already', async () => {
    const fake = start({ apiKey: 'k', push: { url: receiver.url } });
    await fake.listen();
    const pulled: Promise<string>[] = [];
    receiver.reply = () => {
      pulled.push(ask(`${fake.url}/api/webhooks/pull`, { headers: { 'X-API-Key': 'k' } }).then(({ body }) => body));
      return { status: 200 };
    };

    const [written] = fake.commit({ model: 'sale.order' });
    await fake.pushNow();

    const { events } = JSON.parse((await pulled[0]) ?? '') as { events: { id: number; payload: object }[] };
    expect(events.map(({ id }) => id)).toEqual([written?.pullId]);
    const { _webhook_metadata: metadata, ...payload } = JSON.parse(receiver.received[0]?.body ?? '') as Record<
      string,
      unknown
    >;
    expect(payload).toEqual(events[0]?.payload);
    expect(metadata).toMatchObject({ event_id: written?.pushId, event_type: 'create', model: 'sale.order' });
  });

  it('comes a second time with the job, in the other envelope, when the change was made in the web client', async () => {
    const fake = start({ push: { url: receiver.url } });
    const [web] = fake.commit({ model: 'sale.order' }, { client: 'web' });
    fake.commit({ model: 'sale.order' }, { client: 'jsonrpc' });

    await fake.pushNow();
    const job = await fake.runScheduledPushes();

    expect(job).toEqual({ total: 1, success: 1, failed: 0 });
    expect(receiver.received).toHaveLength(3);
    const [first, , third] = receiver.received.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
    expect(first?.['_webhook_metadata']).toMatchObject({ event_id: web?.pushId });
    expect(third).toMatchObject({
      event_id: web?.pushId,
      model: 'sale.order',
      record_id: web?.recordId,
      priority: 'high',
    });
    expect(third?.['data']).toEqual(web?.pull.payload);
    expect(fake.pushRows().map(({ status }) => status)).toEqual(['sent', 'failed']);
  });

  it("sends one user's pushes one after another, those of several users at the same time up to the bound", async () => {
    receiver.reply = 'hang';
    const fake = start({ push: { url: receiver.url }, concurrency: 3 });
    const written = fake.commit(Array.from({ length: 5 }, () => ({ model: 'sale.order' })));

    const one = fake.pushNow(written.slice(0, 2));
    await until(() => receiver.received.length === 1, { what: 'the first push' });
    const others = fake.pushNow(written.slice(2), { users: 3 });
    await until(() => receiver.received.length === 3, { what: 'as many as the bound allows' });
    const atOnce = receiver.received.length;
    await fake.close();
    await Promise.all([one, others]);

    expect(atOnce).toBe(3);
    expect(receiver.received).toHaveLength(3);
  });
});

describe('what the fake Odoo shows a subscriber', () => {
  const receiver = new Receiver();
  const clock = new Clock();

  beforeAll(() => receiver.listen());
  afterAll(() => receiver.close());

  interface Case {
    readonly auth: string;
    readonly instant_request_headers: Record<string, string> | null;
    readonly instant_event_error: string;
    readonly scheduled_request_headers: Record<string, string>;
  }
  const GIVEN: Readonly<Record<string, Partial<Subscriber> & { auth: Auth }>> = {
    none: { auth: { type: 'none' } },
    basic: { auth: { type: 'basic', token: '<SECRET>' } },
    bearer: { auth: { type: 'bearer', token: '<SECRET>' } },
    api_key: { auth: { type: 'api_key', key: '<API_KEY>' } },
    'api_key-custom-header': { auth: { type: 'api_key', key: '<API_KEY>', header: 'X-Custom-Key' } },
    'bearer without token': { auth: { type: 'bearer' } },
    'basic without token': { auth: { type: 'basic' } },
    'api_key without key': { auth: { type: 'api_key' } },
    'none + custom_headers': { auth: { type: 'none' }, customHeaders: { 'X-Tenant': 'acme' } },
  };

  const { cases } = capture<{ cases: Case[] }>('push-auth-headers');
  it.each(cases.map((one) => [one.auth, one] as const))('is as captured: %s', async (name, one) => {
    receiver.received.length = 0;
    const given = GIVEN[name];
    expect(given).toBeDefined();
    const push = { url: receiver.url, ...given };
    const odoo = new FakeOdoo({ push, tracking: PARTNERS_AT_ONCE, now: clock.now });

    await odoo.pushNow(odoo.commit({ model: 'res.partner' }));
    const instant = receiver.received.splice(0).map(({ headers }) => comparable(headers))[0];
    await odoo.pushNow(odoo.commit({ model: 'sale.order' }, { client: 'web' }));
    receiver.received.length = 0;
    await odoo.runScheduledPushes();
    const scheduled = receiver.received.map(({ headers }) => comparable(headers))[0];

    const expected = one.instant_request_headers;
    expect(instant).toEqual(expected === null ? undefined : comparable(Object.entries(expected)));
    expect(scheduled).toEqual(comparable(Object.entries(one.scheduled_request_headers)));
    expect(odoo.pushRows()[0]?.error_message).toBe(one.instant_event_error);
  });

  function comparable(headers: readonly (readonly [string, string])[]): (readonly [string, string])[] {
    return headers.map(([name, value]) => [name, name === 'Host' || name === 'Content-Length' ? '' : value]);
  }
});
