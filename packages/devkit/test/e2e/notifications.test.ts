import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeOdoo } from '../../src/fake-odoo/index';
import { FakeReceiver, flood, GONE, HANG, OK, redirect, slow, status, trickle } from '../../src/fake-receiver/index';
import { until } from '../../src/until';
import { newSecret } from '../fake-receiver-help';
import { ODOO_KEY } from './hub';
import { eventsOf, inOrder, Notified, type PushedEvent, type ShownDelivery } from './notified';

const ATTEMPTS = 3;
const RETRY_AFTER_SECONDS = 3;
const WORKERS = 2;
const SHOP_SECRET = newSecret();
const PATIENT = { timeoutMs: 60_000 };

/** What is pushed at once; Odoo is asked for some more. Of the orders some are worth something. */
const FIRST: readonly PushedEvent[] = [
  ...Array.from({ length: 20 }, (_, n) => pushed('sale.order', n + 1, { amount_total: n * 100 })),
  ...Array.from({ length: 10 }, (_, n) => pushed('res.partner', n + 1)),
  ...Array.from({ length: 3 }, (_, n) => pushed('x.few', n + 1)),
  pushed('x.one', 1),
];
const PULLED = 5;
const ALL = { filter: { models: ['sale.order', 'res.partner', 'x.few', 'x.one'] } };
const FEW = { filter: { models: ['x.few'] } };
const ONE = { filter: { models: ['x.one'] } };

function pushed(model: string, record_id: number, data: object = {}): PushedEvent {
  return { model, record_id, event_id: `${model}-${record_id}`, data: { id: record_id, ...data } };
}

/**
 * Receivers of every kind at the same workers, from the same events on. Each `it` looks at one of them, or mends it; what
 * takes its time goes on beside the others.
 */
describe('notifications of receivers most of which misbehave', () => {
  const files = mkdtempSync(join(tmpdir(), 'bridgecore-subscriptions-'));
  let notified: Notified;
  let odoo: FakeOdoo;
  let recorded: string[];
  const r = {} as Record<Name, FakeReceiver>;

  beforeAll(async () => {
    odoo = new FakeOdoo({ apiKey: ODOO_KEY, gapRate: 0 });
    r.declared = new FakeReceiver({ secrets: [SHOP_SECRET] });
    const env = { ODOO_URL: await odoo.listen(), ODOO_WEBHOOK_API_KEY: ODOO_KEY, ODOO_SYNC_INTERVAL_SECONDS: '1' };
    const impatient = { NOTIFY_BACKOFF_SECONDS: '1', NOTIFY_ATTEMPTS: String(ATTEMPTS), NOTIFY_TIMEOUT_SECONDS: '20' };
    const SUBSCRIPTIONS_FILE = declare(files, await r.declared.listen());
    const workerEnv = { ...impatient, SUBSCRIPTIONS_FILE, SHOP_SECRET, NOTIFY_ALLOWED_NETWORKS: '127.0.0.1' };
    notified = await Notified.start({ workers: WORKERS, env, workerEnv });
    notified.receivers.set('declared', r.declared);
    await subscribeAll();
    const mended = [r.failing, r.limited].map(okAfterFirst); // before they have used up their attempts
    await notified.push(FIRST);
    for (let n = 0; n < PULLED; n += 1) odoo.commit({ model: 'sale.order', recordId: 100 + n, operation: 'write' });
    await until(() => r.killed.counts.open > 0, {
      what: 'a delivery in the hands of the one to be killed',
      ...PATIENT,
    });
    await r.killed.kill();
    await Promise.all(mended);
  }, 120_000);

  afterAll(async () => {
    await notified.stop();
    await odoo.close();
    rmSync(files, { recursive: true });
  }, 60_000);

  async function subscribeAll(): Promise<void> {
    const worthy = { models: ['sale.order'], operations: ['write'], condition: { amount_total: { $gte: 1_000 } } };
    r.everything = await notified.subscribe('everything', OK);
    r.worthy = await notified.subscribe('worthy', OK, { filter: worthy });
    r.hanging = await notified.subscribe('hanging', HANG, ALL);
    r.trickling = await notified.subscribe('trickling', trickle('body'), ALL);
    r.creeping = await notified.subscribe('creeping', trickle('head'), ALL);
    r.slow = await notified.subscribe('slow', slow(400), ALL);
    r.flooding = await notified.subscribe('flooding', flood(), ALL);
    r.killed = await notified.subscribe('killed', HANG, ALL);
    r.limited = await notified.subscribe('limited', status(429, RETRY_AFTER_SECONDS), FEW);
    r.failing = await notified.subscribe('failing', status(500), FEW);
    r.gone = await notified.subscribe('gone', GONE, FEW);
    r.doomed = await notified.subscribe('doomed', status(500), ONE);
    r.target = await notified.receiver('target', OK);
    r.redirecting = await notified.subscribe('redirecting', redirect(r.target.url), ONE);
  }

  /** The only delivery of a subscription that wants one event, when it is dead. */
  async function deadOf(name: string): Promise<ShownDelivery> {
    const isDead = async (): Promise<ShownDelivery | undefined> =>
      (await notified.deliveries(`subscription=${name}&state=dead`))[0];
    const { id } = await until(isDead, { what: `the delivery of ${name} to be dead`, ...PATIENT });
    return notified.delivery(id);
  }

  async function hasAll(name: Name, ids: readonly string[]): Promise<void> {
    await until(() => r[name].distinct.length >= ids.length, { what: `all to arrive at ${name}`, ...PATIENT });
    expect(inOrder(eventsOf(r[name]))).toEqual(ids);
  }

  it('a good one has everything while others still hold their first deliveries', async () => {
    await until(() => r.everything.distinct.length >= FIRST.length, { what: 'everything to arrive', ...PATIENT });

    const held = [r.hanging, r.trickling, r.creeping].map(({ counts }) => counts);
    await mend();
    for (const { requests, open, accepted } of held) expect([open, accepted]).toEqual([requests, 0]);
    for (const { open } of held) expect(open).toBeGreaterThan(0);
    await until(() => r.everything.distinct.length >= FIRST.length + PULLED, { what: 'the pulled ones', ...PATIENT });
    recorded = await notified.eventIds();
    expect(recorded).toHaveLength(FIRST.length + PULLED);
    expect(inOrder(eventsOf(r.everything))).toEqual(recorded);
  }, 90_000);

  /** What becomes of them is looked at one by one. */
  async function mend(): Promise<void> {
    await r.killed.revive();
    for (const one of [r.killed, r.hanging, r.trickling, r.creeping]) one.behaviour = OK;
  }

  it('what is sent is the event as the API shows it', async () => {
    const [delivery] = r.everything.accepted.filter(({ body }) => body.data['model'] === 'sale.order');
    const { body: shown } = await notified.operate<{ event: object }>(
      'GET',
      `events/${String(delivery?.body.data['id'])}`,
    );

    expect(delivery?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': expect.stringMatching(/^BridgeCore\/\d/) as string,
    });
    expect(delivery?.body).toMatchObject({ type: 'sale.order.write', timestamp: delivery?.body.data['occurred_at'] });
    expect(delivery?.body.data).toEqual(shown.event);
  });

  it('one with a filter has what its filter wants, and nothing else', async () => {
    const wanted = await notified.rows<{ id: string }>(`
      select id from webhook_events
       where model = 'sale.order' and operation = 'write' and (data->>'amount_total')::numeric >= 1000 order by id`);

    expect(wanted.length).toBeGreaterThan(5);
    await hasAll(
      'worthy',
      wanted.map(({ id }) => id),
    );
  }, 60_000);

  it('one that the file declares has everything, signed with the secret of the environment', async () => {
    const { body: shown } = await notified.operate('GET', 'subscriptions/declared');

    expect(shown).toMatchObject({ origin: 'file', state: 'active' });
    await hasAll('declared', recorded);
  }, 60_000);

  it('one that floods is not read to its end, and has everything once', async () => {
    await hasAll('flooding', recorded);
    await until(() => r.flooding.counts.open === 0, { what: 'the floods to be cut off' });

    expect(r.flooding.counts.duplicates).toBe(0);
  }, 60_000);

  it('one that is slow has everything once', async () => {
    await hasAll('slow', recorded);

    expect(r.slow.counts.duplicates).toBe(0);
  }, 60_000);

  it('one that says Retry-After is left alone for so long', async () => {
    await hasAll('limited', await notified.eventIds('x.few'));

    const at = new Map<string, number>();
    const pauses = r.limited.received.flatMap(({ id, arrivedAt }) => {
      const before = at.get(id);
      at.set(id, arrivedAt);
      return before === undefined ? [] : [arrivedAt - before];
    });
    expect(pauses.length).toBeGreaterThan(0);
    expect(Math.min(...pauses)).toBeGreaterThan(RETRY_AFTER_SECONDS * 1_000);
    expect(r.limited.counts.duplicates).toBe(0);
  }, 60_000);

  it('one that fails for a while has everything once it does not', async () => {
    await hasAll('failing', await notified.eventIds('x.few'));

    const tried = r.failing.received.map(({ id }) => id);
    expect(tried.length).toBeGreaterThan(new Set(tried).size);
    expect(r.failing.counts.duplicates).toBe(0);
  }, 60_000);

  it('what always fails is dead after so many tries, and arrives when it is replayed', async () => {
    const dead = await deadOf('doomed');
    const failed = Array<object>(ATTEMPTS).fill({ outcome: 'refused', status: 500 });
    expect(dead).toMatchObject({ attempts: ATTEMPTS, last_status: 500, attempt_log: failed });
    expect(r.doomed.received.map(({ id }) => id)).toEqual(Array(ATTEMPTS).fill(dead.message_id));
    r.doomed.behaviour = OK;

    const { status: code } = await notified.operate('POST', `deliveries/${dead.id}/replay`);
    await until(() => r.doomed.counts.accepted > 0, { what: 'the replay to arrive', ...PATIENT });

    expect(code).toBe(200);
    expect(r.doomed.accepted.map(({ id }) => id)).toEqual([dead.message_id]);
    await until(async () => (await notified.delivery(dead.id)).state === 'delivered', { what: 'it to be delivered' });
  }, 90_000);

  it('a redirect is never followed', async () => {
    const { attempt_log: log } = await deadOf('redirecting');

    expect(log).toMatchObject(Array<object>(ATTEMPTS).fill({ outcome: 'redirected', status: 307 }));
    expect([r.redirecting.counts.received, r.target.counts.requests]).toEqual([ATTEMPTS, 0]);
  }, 90_000);

  it('one that is gone is paused, and has everything when somebody resumes it', async () => {
    const isPaused = async (): Promise<boolean> => (await notified.subscription('gone')).state === 'paused';
    await until(isPaused, { what: 'the subscription to be paused', ...PATIENT });
    expect(await notified.subscription('gone')).toMatchObject({
      paused_by: 'gone',
      deliveries: { waiting: 3, dead: 0 },
    });
    r.gone.behaviour = OK;

    await notified.operate('POST', 'subscriptions/gone/resume');

    await hasAll('gone', await notified.eventIds('x.few'));
    expect(await notified.subscription('gone')).toMatchObject({ state: 'active', paused_by: null });
  }, 90_000);

  it('those that never ended an answer have everything when they are mended and resumed', async () => {
    for (const name of ['hanging', 'trickling', 'creeping'] as const) {
      const isOver = (): boolean => r[name].counts.requests > 0 && r[name].counts.open === 0;
      await until(isOver, { what: `the first deliveries of ${name} to be given up`, ...PATIENT });
      await notified.operate('POST', `subscriptions/${name}/resume`);
    }

    for (const name of ['hanging', 'trickling', 'creeping'] as const) await hasAll(name, recorded);
    const [first] = await notified.deliveries(`subscription=hanging&event_id=${recorded[0] ?? ''}`);
    const { attempt_log: log } = await notified.delivery(first?.id ?? '');
    expect(log?.map(({ outcome }) => outcome)).toEqual(['timeout', 'delivered']);
  }, 120_000);

  it('a test arrives, and can be followed', async () => {
    const before = r.worthy.accepted.length;

    const { status: code, body } = await notified.operate<{ delivery_id: string }>('POST', 'subscriptions/worthy/test');
    await until(() => r.worthy.accepted.length > before, { what: 'the test to arrive', ...PATIENT });

    const isDelivered = async (): Promise<boolean> => (await notified.delivery(body.delivery_id)).state === 'delivered';
    await until(isDelivered, { what: 'the test to be delivered' });
    expect(code).toBe(202);
    expect(r.worthy.accepted.at(-1)?.body).toMatchObject({ type: 'bridgecore.test', data: { subscription: 'worthy' } });
  }, 60_000);

  it('an address that is not allowed is refused, and it is told why', async () => {
    const refused = await notified.operate<{ detail: string }>('POST', 'subscriptions', {
      name: 'inside',
      url: 'http://10.1.2.3/',
    });
    const other = r.target.url.replace('127.0.0.1', '127.0.0.2'); // the gateway would allow it, the workers do not
    const taken = await notified.operate('POST', 'subscriptions', { name: 'next_door', url: other, ...FEW });
    const { body: test } = await notified.operate<{ delivery_id: string }>('POST', 'subscriptions/next_door/test');

    const isTried = async (): Promise<boolean> => (await notified.delivery(test.delivery_id)).attempts > 0;
    await until(isTried, { what: 'a try', ...PATIENT });

    expect([refused.status, taken.status]).toEqual([422, 201]);
    expect(JSON.stringify(refused.body)).toContain('10.1.2.3 is not a public address');
    const { attempt_log: log } = await notified.delivery(test.delivery_id);
    expect(log?.[0]).toMatchObject({ outcome: 'address_refused', status: null });
    expect(JSON.stringify(log)).toContain('127.0.0.2 is not a public address');
    await notified.operate('DELETE', 'subscriptions/next_door');
  }, 60_000);

  it('a secret is changed while events flow, and nothing is refused', async () => {
    const [old, young] = [newSecret(), newSecret()];
    const rotating = await notified.subscribe('rotating', OK, { filter: { models: ['x.flow'] }, secrets: [old] });
    const flow = startFlow();
    const some = async (more: number): Promise<void> => {
      const wanted = rotating.accepted.length + more;
      await until(() => rotating.accepted.length >= wanted, { what: 'some more to arrive', ...PATIENT });
    };
    await some(5);

    rotating.setSecrets([old, young]);
    const added = await notified.operate('POST', 'subscriptions/rotating/secrets', {
      secret: young,
      expire_others_in_seconds: 3,
    });
    const isSignedTwice = (): boolean => rotating.accepted.some(({ signature }) => signature.includes(' '));
    await until(isSignedTwice, { what: 'both to sign', ...PATIENT });
    const isExpired = `select 1 from subscription_secrets where expires_at < now()`;
    await until(async () => (await notified.rows(isExpired)).length > 0, { what: 'the old one to expire', ...PATIENT });
    rotating.setSecrets([young]);
    await some(20);
    await flow.stop();

    await until(async () => rotating.distinct.length >= (await notified.eventIds('x.flow')).length, {
      ...{ what: 'the rest', ...PATIENT },
    });
    expect(added.status).toBe(201);
    expect(rotating.accepted.at(-1)?.signature).not.toContain(' ');
    expect(rotating.unverified).toEqual([]);
  }, 90_000);

  /** One event after another until it is stopped. */
  function startFlow(): { readonly stop: () => Promise<void> } {
    let isOver = false;
    let count = 0;
    const push = async (): Promise<void> => {
      while (!isOver) await notified.push([pushed('x.flow', (count += 1))]);
    };
    const pushing = push();
    return {
      stop: async () => {
        isOver = true;
        await pushing;
      },
    };
  }

  it('one that was killed has everything when it is back, by the same ids, and nobody has resumed it', async () => {
    const lost = r.killed.received.slice(0, 1).map(({ id }) => id);

    await hasAll('killed', recorded);

    expect(r.killed.accepted.map(({ id }) => id)).toEqual(expect.arrayContaining(lost));
    const shown = await notified.deliveries(`subscription=killed&limit=200`);
    expect(new Set(r.killed.received.map(({ id }) => id))).toEqual(new Set(shown.map(({ message_id: id }) => id)));
  }, 90_000);

  it('all in all, nothing waits, and every signature has verified', async () => {
    const waits = `
      select s.name, d.state, count(*) from deliveries d join subscriptions s on s.id = d.subscription_id
       where s.removed_at is null and d.state <> 'delivered' group by s.name, d.state`;
    const isSettled = async (): Promise<object[] | null> => {
      const rows = await notified.rows<{ state: string }>(waits);
      return rows.some(({ state }) => state === 'waiting') ? null : rows;
    };

    const left = await until(isSettled, { what: 'all to be delivered', ...PATIENT });

    expect(left).toEqual([{ name: 'redirecting', state: 'dead', count: '1' }]);
    const unverified = [...notified.receivers].map(([name, { counts }]) => [name, counts.unverified]);
    expect(unverified.filter(([, count]) => count !== 0)).toEqual([]);
  }, 90_000);
});

type Name =
  | 'creeping'
  | 'declared'
  | 'doomed'
  | 'everything'
  | 'failing'
  | 'flooding'
  | 'gone'
  | 'hanging'
  | 'killed'
  | 'limited'
  | 'redirecting'
  | 'slow'
  | 'target'
  | 'trickling'
  | 'worthy';

/** It goes well from the second delivery on. */
async function okAfterFirst(receiver: FakeReceiver): Promise<void> {
  await until(() => receiver.counts.received > 0, { what: 'a delivery that fails', intervalMs: 1, ...PATIENT });
  receiver.behaviour = OK;
}

/** A subscription as whoever runs BridgeCore declares it; its secret is in the environment. */
function declare(files: string, url: string): string {
  const path = join(files, 'subscriptions.yaml');
  writeFileSync(path, `subscriptions:\n  - name: declared\n    url: ${url}\n    secrets: ['\${SHOP_SECRET}']\n`);
  return path;
}
