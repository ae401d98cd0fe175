import { ServerResponse } from 'node:http';
import { until } from '@bridgecore/devkit';
import { NotifyStack, TestDispatcher } from './notify-stack';
import { fine, openReceiver, Receiver, status } from './receiver';
import { samples } from './samples';

let stack: NotifyStack;
let receiver: Receiver;

beforeAll(async () => {
  stack = await NotifyStack.open();
});
beforeEach(async () => {
  await stack.begin();
  receiver = await openReceiver(status(500));
});
afterEach(async () => {
  await stack.begin();
  await receiver.close();
});
afterAll(() => stack.close());

const quiet = async (...workers: TestDispatcher[]): Promise<void> => {
  await until(() => workers.every((worker) => worker.inHand().length === 0), { what: 'the end of all tries' });
};
const told = ({ log }: TestDispatcher, name: string) => log.lines.filter(({ message }) => message === name);

describe('a receiver that fails again and again', () => {
  it('is left alone, then asked once at a time by all workers, and recovers', async () => {
    const id = await stack.subscribe(receiver.url);
    await stack.deliverMany(id, 40);
    const workers = [stack.dispatch(), stack.dispatch()] as const;
    await until(async () => (await stack.subscription(id))['failures'] === 5, { what: 'the fifth failure' });
    await quiet(...workers);
    const before = receiver.received.length;
    await stack.settleDown(workers);
    expect(receiver.received).toHaveLength(before);
    expect(before).toBeLessThan(20); // what was under way, and no more

    const held: ServerResponse[] = [];
    receiver.answer = (response) => void held.push(response);
    await stack.letProbe();
    workers.forEach((worker) => worker.ring());
    await until(() => held.length > 0, { what: 'a probe' });
    await stack.settleDown(workers);
    expect(held).toHaveLength(1);
    held.pop()?.writeHead(500).end();
    await until(async () => (await stack.subscription(id))['failures'] === 6, { what: 'the failed probe' });
    await stack.settleDown(workers);
    expect(held).toHaveLength(0);

    receiver.answer = fine;
    await stack.letProbe();
    await stack.makeDue();
    workers.forEach((worker) => worker.ring());
    await until(async () => (await stack.subscription(id))['failures'] === 0, { what: 'the recovery' });
    await until(
      async () => {
        await stack.makeDue(); // what failed before
        return (
          (await stack.stack.rows(`select from deliveries where subscription_id = $1 and state = 'waiting'`, [id]))
            .length === 0
        );
      },
      { what: 'all' },
    );

    expect(await stack.subscription(id)).toMatchObject({ failing_since: null, open_until: null, state: 'active' });
    for (const name of ['subscription.opened', 'subscription.recovered']) {
      expect(workers.flatMap((worker) => told(worker, name))).toEqual([
        expect.objectContaining({ subscription: 'shop' }),
      ]);
    }
  });

  it('uses up no attempts while it is left alone', async () => {
    const id = await stack.subscribe(receiver.url);
    await stack.deliverMany(id, 40);
    const worker = stack.dispatch();
    await until(async () => (await stack.subscription(id))['failures'] === 5, { what: 'the fifth failure' });
    await quiet(worker);

    await stack.makeDue();
    await stack.settleDown([worker]);

    expect(await stack.stack.rows('select from deliveries where attempts > 1')).toEqual([]);
    expect(await samples(worker.metrics, 'bridgecore_subscription_open')).toMatchObject({ '{subscription="shop"}': 1 });
  });

  it('whose probe has nothing to tell is asked by the next delivery', async () => {
    const id = await stack.subscribe(receiver.url);
    await stack.deliver(id, [{ record_id: 1 }, { record_id: 2 }]);
    await stack.stack.pool.query('update subscriptions set failures = 7, failing_since = now(), open_until = now()');
    await stack.stack.pool.query('delete from webhook_events where record_id = 1');
    receiver.answer = fine;
    stack.dispatch();

    await stack.reach('delivered', 1);

    expect(await stack.countOf('dead')).toBe(1);
    expect(await stack.subscription(id)).toMatchObject({ failures: 0, open_until: null });
  });
});

describe('a receiver that asks for time', () => {
  it.each([429, 503])('by a %p is sent nothing until then', async (code) => {
    const id = await stack.subscribe(receiver.url);
    receiver.answer = status(code, { 'retry-after': '3000' });
    const [delivery = ''] = await stack.deliver(id, [{}]);
    const worker = stack.dispatch({ config: { NOTIFY_BACKOFF_SECONDS: 1 } });
    await stack.tries(1);

    await stack.deliverMany(id, 5);
    await stack.settleDown([worker]);

    expect(receiver.received).toHaveLength(1);
    const { open_until } = await stack.subscription(id);
    const { next_attempt_at } = await stack.delivery(delivery);
    const waits = [open_until as Date, next_attempt_at].map((time) => time.getTime() - Date.now());
    expect(Math.min(...waits)).toBeGreaterThan(2_000_000);
    expect(told(worker, 'subscription.opened')).toEqual([]); // it has said so, and has not failed five times

    receiver.answer = fine;
    await stack.letProbe();
    worker.ring();
    await until(() => receiver.received.length === 6, { what: 'the others' });
  });
});

describe('a subscription', () => {
  const auditOf = () => stack.stack.rows('select action, service, error, detail from audit_logs order by id');

  it('is paused by itself when it has failed for too long', async () => {
    const id = await stack.subscribe(receiver.url);
    await stack.deliverMany(id, 1);
    await stack.stack.pool.query(`update subscriptions set failures = 4, failing_since = now() - interval '25 hours'`);
    const worker = stack.dispatch();
    await until(async () => (await stack.subscription(id))['state'] === 'paused', { what: 'the pause' });

    await stack.makeDue();
    await stack.settleDown([worker]);

    expect(receiver.received).toHaveLength(1);
    expect(await stack.subscription(id)).toMatchObject({ paused_by: 'failures', pause_reason: 'HTTP 500' });
    expect(await auditOf()).toMatchObject([
      { action: 'subscription.paused', service: 'worker', error: 'HTTP 500', detail: { subscription: 'shop' } },
    ]);
    const hint = expect.stringMatching(/: bridgecore subscriptions resume shop$/) as string;
    expect(told(worker, 'subscription.paused')).toMatchObject([{ level: 'warn', subscription: 'shop', hint }]);
    expect(await samples(worker.metrics, 'bridgecore_subscription_paused')).toMatchObject({
      '{subscription="shop",by="failures"}': 1,
      '{subscription="shop",by="operator"}': 0,
    });
  });

  it('is paused by a 410, and what waits is kept', async () => {
    const id = await stack.subscribe(receiver.url);
    const [delivery = ''] = await stack.deliver(id, [{}]);
    receiver.answer = status(410);
    stack.dispatch();

    await until(async () => (await stack.subscription(id))['state'] === 'paused', { what: 'the pause' });

    expect(await stack.subscription(id)).toMatchObject({ paused_by: 'gone', pause_reason: 'HTTP 410' });
    expect(await stack.delivery(delivery)).toMatchObject({ state: 'waiting', attempts: 1 });
    expect(await auditOf()).toMatchObject([{ action: 'subscription.paused', detail: { paused_by: 'gone' } }]);
  });

  it('that an operator pauses during a try stays paused by him', async () => {
    const id = await stack.subscribe(receiver.url);
    await stack.deliver(id, [{}]);
    const held: ServerResponse[] = [];
    receiver.answer = (response) => void held.push(response);
    stack.dispatch();
    await until(() => held.length === 1, { what: 'a try' });

    await stack.stack.pool.query(`update subscriptions set state = 'paused', paused_by = 'operator'`);
    held.pop()?.writeHead(410).end();
    await stack.tries(1);

    expect(await stack.subscription(id)).toMatchObject({ state: 'paused', paused_by: 'operator', failures: 1 });
  });
});
