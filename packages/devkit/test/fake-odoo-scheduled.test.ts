import { FakeOdoo, type Priority, type PushRow } from '../src/fake-odoo/index';
import { freePort } from '../src/stack/free-port';
import { capture, Clock, Receiver, type Reply } from './fake-odoo-help';

type Noted = Pick<
  PushRow,
  'status' | 'retry_count' | 'response_code' | 'response_body' | 'error_message' | 'error_type'
>;

const REPLIES: Readonly<Record<string, Reply>> = {
  '200-json': { status: 200, body: '{"success":true}' },
  '200-empty-body': { status: 200 },
  '200-non-json': { status: 200, body: 'OK' },
  '202': { status: 202, body: '{"queued": true}' },
  '204': { status: 204 },
  '400': { status: 400, body: '{"detail": "bad"}' },
  '401': { status: 401, body: '{"detail": "Authentication required"}' },
  '404': { status: 404, body: '{"detail": "Not Found"}' },
  '429': { status: 429, body: '{"detail": "slow"}' },
  '500-json': { status: 500, body: '{"error": "boom"}' },
  '500-non-json': { status: 500, body: '<html>' },
  '503': { status: 503, body: '{"detail": "down"}' },
  'conn-dropped': 'drop',
  'timeout (subscriber.timeout=2, reply after 4s)': 'hang',
};

describe('the scheduled job of the fake Odoo', () => {
  const receiver = new Receiver();
  const clock = new Clock();

  beforeAll(() => receiver.listen());
  beforeEach(() => {
    receiver.received.length = 0;
    receiver.reply = { status: 200 };
  });
  afterAll(() => receiver.close());

  interface Case {
    readonly subscriber_reply: string;
    readonly job_result: { readonly total: number; readonly success: number; readonly failed: number };
    readonly requests_seen: number;
    readonly event_after: Noted & { readonly sent_at: string | null };
  }
  const { cases } = capture<{ cases: Case[] }>('push-cron-status-code-matrix');
  it.each(cases.map((one) => [one.subscriber_reply, one] as const))('notes as captured: %s', async (name, one) => {
    receiver.reply = REPLIES[name] ?? { status: 200 };
    const url = name === 'connection-refused' ? `http://127.0.0.1:${await freePort()}/` : receiver.url;
    const enabled = !name.startsWith('subscriber disabled');
    const odoo = new FakeOdoo({ push: { url, enabled, timeoutMs: name.startsWith('timeout') ? 100 : 5000 } });
    odoo.commit({ model: 'res.partner' });

    const result = await odoo.runScheduledPushes();

    const { status, retry_count, response_code, response_body, error_message, error_type, sent_at } = one.event_after;
    const expected = { status, retry_count, response_code, response_body, error_message, error_type };
    expect(odoo.pushRows()[0]).toMatchObject(expected);
    expect(odoo.pushRows()[0]?.sent_at === null).toBe(sent_at === null);
    expect(result).toEqual(one.job_result);
    expect(receiver.received).toHaveLength(one.requests_seen);
    expect(await odoo.runScheduledPushes()).toEqual({ total: 0, success: 0, failed: 0 }); // there is no retry
  });

  it('sends medium, low, high, each by second, at most 100 in a run', async () => {
    const odoo = new FakeOdoo({ push: { url: receiver.url }, now: clock.now, client: 'web' });
    for (let second = 0; second < 40; second += 1) {
      clock.forward(1000);
      odoo.commit([{ model: 'sale.order' }, { model: 'product.template' }, { model: 'res.partner' }]);
    }
    await odoo.pushNow();
    receiver.received.length = 0;

    await odoo.runScheduledPushes();

    const sent = receiver.received.map(({ body }) => JSON.parse(body) as { priority: Priority; timestamp: string });
    const inOrder = ['medium', 'low', 'high'].flatMap((priority) => sent.filter((push) => push.priority === priority));
    expect(sent).toHaveLength(100);
    expect(sent).toEqual(inOrder);
    expect(sent.filter(({ priority }) => priority === 'high')).toHaveLength(20);
    const times = sent.slice(0, 40).map(({ timestamp }) => timestamp);
    expect(times).toEqual([...times].sort());
  });

  it('joins a run that is under way', async () => {
    const odoo = new FakeOdoo({ push: { url: receiver.url } });
    odoo.commit({ model: 'res.partner' });

    await Promise.all([odoo.runScheduledPushes(), odoo.runScheduledPushes()]);

    expect(receiver.received).toHaveLength(1);
  });

  it('says changed_fields on the config path only', async () => {
    const tracking = [{ model: 'res.partner', path: 'config', instant: true } as const];
    const odoo = new FakeOdoo({ push: { url: receiver.url }, tracking });
    odoo.commit({ model: 'res.partner', recordId: 5, fields: { city: 'Lyon' } });
    odoo.commit({ model: 'hr.employee', recordId: 6, fields: { pin: '1234' } });

    await odoo.runScheduledPushes();

    const sent = receiver.received.map(({ body }) => JSON.parse(body) as { data: { _changed_fields: string[] } });
    expect(sent.map((push) => 'changed_fields' in push)).toEqual([true, false]);
    expect(sent.map(({ data }) => data._changed_fields)).toEqual([['city'], ['pin']]);
  });
});
