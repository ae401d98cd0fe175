import { Webhook } from 'standardwebhooks';
import { until } from '@bridgecore/devkit';
import { newSealer, newSecret, NotifyStack } from './notify-stack';
import { fine, hang, openReceiver, Received, Receiver, status } from './receiver';
import { samples } from './samples';

let stack: NotifyStack;
let receiver: Receiver;

beforeAll(async () => {
  stack = await NotifyStack.open();
});
beforeEach(async () => {
  await stack.begin();
  receiver = await openReceiver();
});
afterEach(async () => {
  await stack.begin();
  await receiver.close();
});
afterAll(() => stack.close());

describe('a delivery', () => {
  it('arrives signed, with the event as every API shows it, and is closed', async () => {
    const secret = newSecret();
    const id = await stack.subscribe(receiver.url, { secrets: [secret] });
    const [delivery = ''] = await stack.deliver(id, [{ record_id: 7, data: { state: 'sale', amount: 12.5 } }]);
    const worker = stack.dispatch();

    await stack.reach('delivered', 1);
    const [request] = receiver.received;
    const told = new Webhook(secret).verify(request?.body ?? '', request?.headers as Record<string, string>);

    const { message_id, attempts, claim, last_status } = await stack.delivery(delivery);
    expect(told).toMatchObject({ type: 'sale.order.write', timestamp: '2026-11-26T09:00:00.123Z' });
    expect(told).toMatchObject({
      data: { id: '1', system: 'odoo', record_id: 7, data: { state: 'sale', amount: 12.5 } },
    });
    expect(request?.headers['webhook-id']).toBe(`msg_${message_id.replaceAll('-', '')}`);
    expect({ attempts, claim, last_status }).toEqual({ attempts: 1, claim: null, last_status: 204 });
    await worker.end();
    expect(worker.log.lines).toEqual([
      expect.objectContaining({
        ...{ level: 'info', message: 'delivery.done', subscription: 'shop', delivery_id: delivery, event_id: '1' },
        ...{ system: 'odoo', model: 'sale.order', record_id: 7, correlation_id: 'c-1' },
        ...{ outcome: 'delivered', status: 204, attempt: 1 },
      }),
    ]);
    const shown = await worker.metrics.metrics();
    expect(shown).toMatch(/bridgecore_delivery_seconds_count{.*subscription="shop".*} 1/);
    expect(shown).toMatch(/bridgecore_delivery_latency_seconds_count{.*subscription="shop".*} 1/);
    expect(await samples(worker.metrics, 'bridgecore_deliveries_')).toMatchObject({
      'total{subscription="shop",outcome="delivered"}': 1,
      'waiting{subscription="shop"}': 0,
      'oldest_seconds{subscription="shop"}': 0,
    });
  });

  it('that is a test tells so', async () => {
    const id = await stack.subscribe(receiver.url);
    await stack.stack.pool.query('insert into deliveries (subscription_id, ordered) values ($1, false)', [id]);
    stack.dispatch();

    await stack.reach('delivered', 1);

    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
      ...{ type: 'bridgecore.test', data: { subscription: 'shop' } },
    });
  });

  it('that fails is tried again, with the same id and another time, until it is dead', async () => {
    const id = await stack.subscribe(receiver.url);
    const [delivery = ''] = await stack.deliver(id, [{}]);
    receiver.answer = status(500);
    const worker = stack.dispatch({ config: { NOTIFY_ATTEMPTS: 3 } });

    for (const tries of [1, 2, 3]) {
      await stack.tries(tries);
      await stack.makeDue();
      worker.ring();
    }
    await stack.reach('dead', 1);
    await worker.end();

    expect(await stack.delivery(delivery)).toMatchObject({ attempts: 3, last_status: 500, last_error: 'HTTP 500' });
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(await stack.tries(3)).toEqual(
      [1, 2, 3].map((): unknown =>
        expect.objectContaining({ outcome: 'refused', status: 500, error: 'HTTP 500', answer: 'no' }),
      ),
    );
    expect(await stack.stack.rows('select action, event_id, error, detail from audit_logs')).toEqual([
      expect.objectContaining({ action: 'delivery.dead', event_id: '1', error: 'HTTP 500' }),
    ]);
    expect(worker.log.lines.map(({ message, attempt, state }) => [message, attempt, state])).toEqual([
      ['delivery.failed', 1, 'waiting'],
      ['delivery.failed', 2, 'waiting'],
      ['delivery.failed', 3, 'dead'],
    ]);
    expect(await samples(worker.metrics, 'bridgecore_deliveries_')).toMatchObject({
      'total{subscription="shop",outcome="refused"}': 3,
      'total{subscription="shop",outcome="dead"}': 1,
      'dead{subscription="shop"}': 1,
    });
  });

  it('whose event is gone is dead at once, and nobody is blamed', async () => {
    const id = await stack.subscribe(receiver.url);
    await stack.deliver(id, [{}]);
    await stack.stack.pool.query('delete from webhook_events');
    stack.dispatch();

    await stack.reach('dead', 1);

    expect(await stack.tries(1)).toMatchObject([{ outcome: 'event_gone', status: null }]);
    expect(await stack.subscription(id)).toMatchObject({ failures: 0, failing_since: null });
    expect(receiver.received).toHaveLength(0);
  });

  it('whose message cannot be made is tried again, and does not hold up others', async () => {
    const id = await stack.subscribe(receiver.url);
    await stack.deliver(id, [{ record_id: 1 }, { record_id: 2 }]);
    const messageOf = ({ record_id }: { record_id: number }): string => {
      if (record_id === 1) throw new TypeError('a bug');
      return '{}';
    };
    const messages = { columns: '*', messageOf, testMessage: () => '{}' };
    const { log } = stack.dispatch({ messages });

    await stack.reach('delivered', 1);
    const tries = await stack.tries(2);

    expect(tries.map(({ outcome }) => outcome).sort()).toEqual(['delivered', 'unmade']);
    expect(await stack.countOf('waiting')).toBe(1);
    expect(log.lines).toContainEqual(expect.objectContaining({ message: 'delivery.unmade', level: 'error' }));
  });

  it('to an address that is not public is refused, until its network is allowed', async () => {
    const id = await stack.subscribe(`http://localhost:${receiver.port}/`);
    await stack.deliver(id, [{}]);
    const first = stack.dispatch({ allowed: '' });
    await stack.tries(1);
    await first.end();
    expect(receiver.received).toHaveLength(0);

    await stack.makeDue();
    stack.dispatch();
    await stack.reach('delivered', 1);

    expect(await stack.tries(2)).toMatchObject([{ outcome: 'address_refused' }, { outcome: 'delivered' }]);
  });

  it('is not tried while its subscription is paused, or after it is removed', async () => {
    const paused = await stack.subscribe(receiver.url, { name: 'paused' });
    const removed = await stack.subscribe(receiver.url, { name: 'removed' });
    const active = await stack.subscribe(receiver.url, { name: 'active' });
    await stack.stack.pool.query(`update subscriptions set state = 'paused' where id = $1`, [paused]);
    await stack.stack.pool.query(`update subscriptions set removed_at = now() where id = $1`, [removed]);
    for (const id of [paused, removed, active]) await stack.deliver(id, [{}]);
    const worker = stack.dispatch();

    await stack.reach('delivered', 1);
    await worker.end();

    expect(receiver.received).toHaveLength(1);
    expect(await stack.countOf('waiting')).toBe(2);
  });

  it('leaves no trace of secrets, bodies, answers and queries in the log', async () => {
    const secret = newSecret();
    const id = await stack.subscribe(receiver.url, { secrets: [secret] });
    receiver.answer = (response) => void response.writeHead(500).end('hidden-in-answer');
    await stack.deliver(id, [{ data: { name: 'hidden-in-body' } }]);
    const worker = stack.dispatch({ config: { NOTIFY_ATTEMPTS: 1 } });

    await stack.reach('dead', 1);
    await worker.end();

    const text = JSON.stringify(worker.log.lines) + (await worker.metrics.metrics());
    expect(text).toContain('delivery.failed');
    expect(text).not.toContain('hidden');
    expect(text).not.toContain(secret.slice(6));
  });
});

describe('signatures', () => {
  const verifies = (secret: string): boolean => {
    const { headers, body } = receiver.received.at(-1) as Received;
    try {
      new Webhook(secret).verify(body, headers as Record<string, string>);
      return true;
    } catch {
      return false;
    }
  };
  const send = async (id: string): Promise<void> => {
    const before = receiver.received.length;
    await stack.deliver(id, [{}]);
    await until(() => receiver.received.length > before, { what: 'a message' });
  };

  it('are there for each secret that has not expired, the newest first', async () => {
    const [old, current, other] = [newSecret(), newSecret(), newSecret()];
    const id = await stack.subscribe(receiver.url, { secrets: [old] });
    stack.dispatch();
    await send(id);
    expect([old, current].map(verifies)).toEqual([true, false]);

    const added = await stack.addSecret(id, current);
    await send(id);
    expect([old, current, other].map(verifies)).toEqual([true, true, false]);
    const { headers } = receiver.received.at(-1) as Received;
    headers['webhook-signature'] = String(headers['webhook-signature']).split(' ')[0] ?? '';
    expect([old, current].map(verifies)).toEqual([false, true]);

    await stack.stack.pool.query('update subscription_secrets set expires_at = now() where id <> $1', [added]);
    await send(id);
    expect([old, current].map(verifies)).toEqual([false, true]);
  });

  it('are made with the other secrets when the key of one is not here, which is told once', async () => {
    const [lost, known] = [newSecret(), newSecret()];
    const id = await stack.subscribe(receiver.url, { secrets: [known] });
    await stack.addSecret(id, lost, newSealer('2027'));
    const { log } = stack.dispatch();

    await send(id);
    await send(id);

    expect([known, lost].map(verifies)).toEqual([true, false]);
    const [told, ...more] = log.lines.filter(({ message }) => message === 'secret.unopened');
    expect(told).toMatchObject({ subscription: 'shop', secret_id: '2' });
    expect(told?.['reason']).toContain('"2027"');
    expect(more).toEqual([]);
  });

  it('that cannot be made keep a message back', async () => {
    const id = await stack.subscribe(receiver.url);
    await stack.deliver(id, [{}]);
    const worker = stack.dispatch({ sealer: newSealer('2027') });

    const tries = await stack.tries(1);
    await worker.end();
    const { rows } = await stack.stack.pool.query('select state, attempts from deliveries');

    expect(tries).toMatchObject([
      { outcome: 'unsigned', error: expect.stringContaining('SECRET_KEYS_FILE') as string },
    ]);
    expect(receiver.received).toHaveLength(0);
    expect(rows).toEqual([{ state: 'waiting', attempts: 0 }]);
  });
});

describe('the order', () => {
  const records = (): unknown[] =>
    receiver.received.map(({ body }) => (JSON.parse(body) as { data: { id: string } }).data.id);

  it('is kept for each record; what fails holds up what follows it, and nothing else', async () => {
    const id = await stack.subscribe(receiver.url, { ordered: true });
    receiver.answer = (response, { body }, number) =>
      (body.includes('"bad"') ? status(500) : fine)(response, { body } as never, number);
    await stack.deliver(id, [
      { record_id: 1, data: { a: 'bad' } },
      { record_id: 1 },
      { record_id: 2 },
      { record_id: 1 },
      { record_id: 2 },
    ]);
    const worker = stack.dispatch();
    await stack.reach('delivered', 2);
    expect(records().filter((event) => event !== '1')).toEqual(['3', '5']);
    expect(await stack.countOf('waiting')).toBe(3);

    receiver.answer = fine;
    receiver.forget();
    await stack.makeDue();
    worker.ring();
    await stack.reach('delivered', 5);

    expect(records()).toEqual(['1', '2', '4']);
  });

  it('goes on when the first one is dead', async () => {
    const id = await stack.subscribe(receiver.url, { ordered: true });
    await stack.deliver(id, [{ data: { a: 'bad' } }, {}, {}]);
    receiver.answer = (response, request, number) =>
      (request.body.includes('"bad"') ? status(400) : fine)(response, request, number);
    stack.dispatch({ config: { NOTIFY_ATTEMPTS: 1 } });

    await stack.reach('delivered', 2);

    expect(await stack.countOf('dead')).toBe(1);
    expect(records()).toEqual(['1', '2', '3']);
  });

  it('is not asked for otherwise', async () => {
    const id = await stack.subscribe(receiver.url);
    await stack.deliver(id, [{ data: { a: 'bad' } }, {}, {}]);
    receiver.answer = (response, request, number) =>
      (request.body.includes('"bad"') ? status(400) : fine)(response, request, number);
    stack.dispatch();

    await stack.reach('delivered', 2);

    expect(await stack.countOf('waiting')).toBe(1);
  });
});

describe('a receiver that hangs', () => {
  it('delays no other, and is not asked more than so often at once', async () => {
    const slow = await openReceiver(hang);
    const slowId = await stack.subscribe(slow.url, { name: 'slow' });
    const fastId = await stack.subscribe(receiver.url, { name: 'fast' });
    await stack.deliverMany(slowId, 50);
    const worker = stack.dispatch({ config: { NOTIFY_CONCURRENCY: 2, NOTIFY_TIMEOUT_SECONDS: 30 } });
    await until(() => slow.received.length === 2, { what: 'calls that hang' });

    await stack.deliverMany(fastId, 50);
    await stack.reach('delivered', 50);

    expect(slow.received).toHaveLength(2);
    expect(worker.inHand()).toEqual([`2 of subscription ${slowId}`]);
    await slow.close(); // the calls end, and are settled
  });
});
