import { ServerResponse } from 'node:http';
import { until } from '@bridgecore/devkit';
import { claim, Claimed, ClaimedDelivery, Receiver as Claimant } from '../src/notify/claim';
import { NotifyConfig, notifyRules } from '../src/notify/config';
import { settle, Tried } from '../src/notify/settle';
import { breakingPool } from './breaking-pool';
import { NotifyStack } from './notify-stack';
import { openReceiver, Receiver, status } from './receiver';

const RULES = notifyRules(new NotifyConfig());
const FAILED: Tried = { outcome: 'timeout', error: 'late', durationMs: 5 };
const DELIVERED: Tried = { outcome: 'delivered', status: 204, durationMs: 5 };

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

/** What a worker has claimed that is not heard of any more. */
const claimOf = async (id: string, limit = 1): Promise<Claimed> =>
  claim(stack.stack.pool, id, { limit, leaseMs: 60_000, columns: 'id, received_at, correlation_id' });
const claimOne = async (id: string): Promise<{ delivery: ClaimedDelivery; receiver: Claimant }> => {
  const claimed = await claimOf(id);
  if (claimed.outcome !== 'claimed') throw new Error(claimed.outcome);
  return { delivery: claimed.deliveries[0] as ClaimedDelivery, receiver: claimed.receiver };
};
const endLease = () => stack.stack.pool.query(`update deliveries set next_attempt_at = now() where state = 'waiting'`);
const ids = (): unknown[] => receiver.received.map(({ headers }) => headers['webhook-id']);

describe('two workers', () => {
  it('share what is due, and send nothing twice', async () => {
    const [one, other] = [await stack.subscribe(receiver.url), await stack.subscribe(receiver.url, { name: 'other' })];
    await stack.deliverMany(one, 150);
    await stack.deliverMany(other, 50);
    stack.dispatch();
    stack.dispatch();

    await stack.reach('delivered', 200);

    expect(receiver.received).toHaveLength(200);
    expect(new Set(ids()).size).toBe(200);
  });

  it('share a rate', async () => {
    const id = await stack.subscribe(receiver.url, { rate_per_minute: 1 });
    await stack.deliverMany(id, 5);
    const workers = [stack.dispatch(), stack.dispatch()];
    await until(() => receiver.received.length > 0, { what: 'the first one' });

    await stack.settleDown(workers);
    expect(receiver.received).toHaveLength(1);
    await stack.stack.pool.query('update subscriptions set next_send_at = now()');
    workers.forEach((worker) => worker.ring());
    await until(() => receiver.received.length > 1, { what: 'the second one' });
    await stack.settleDown(workers);

    expect(receiver.received).toHaveLength(2);
  });

  it('send as fast as a rate allows, and no faster', async () => {
    const id = await stack.subscribe(receiver.url, { rate_per_minute: 1_200 });
    await stack.deliverMany(id, 60);
    const startedAt = performance.now();
    stack.dispatch();
    stack.dispatch();

    await stack.reach('delivered', 60);

    expect(performance.now() - startedAt).toBeGreaterThan(((60 - 20) / 20) * 1_000); // 20 at once, then 20 a second
  });
});

describe('a claim', () => {
  it('holds its delivery for the time of its lease, and is then taken up by another worker', async () => {
    const id = await stack.subscribe(receiver.url);
    await stack.deliverMany(id, 2);
    await claimOf(id);
    const worker = stack.dispatch();
    await stack.reach('delivered', 1);
    await stack.settleDown([worker]);
    expect(receiver.received).toHaveLength(1);

    await endLease();
    worker.ring();
    await until(() => receiver.received.length === 2, { what: 'the other one' });

    expect(new Set(ids()).size).toBe(2);
  });

  it('that fails after its lease does no harm to that of another', async () => {
    const id = await stack.subscribe(receiver.url);
    const [delivery = ''] = await stack.deliver(id, [{}]);
    const late = await claimOne(id);
    await endLease();
    const current = await claimOne(id);

    expect(await settle(stack.stack.pool, late, FAILED, RULES)).toEqual({});

    expect(await stack.delivery(delivery)).toMatchObject({
      state: 'waiting',
      attempts: 0,
      claim: current.delivery.claim,
    });
    expect(await stack.subscription(id)).toMatchObject({ failures: 0 });
    await settle(stack.stack.pool, current, FAILED, RULES);
    expect(await stack.delivery(delivery)).toMatchObject({ state: 'waiting', attempts: 1, claim: null });
    expect(await stack.tries(2)).toHaveLength(2);
  });

  it('that has delivered closes it also after its lease, and what another tries then changes nothing', async () => {
    const id = await stack.subscribe(receiver.url);
    const [delivery = ''] = await stack.deliver(id, [{}]);
    const late = await claimOne(id);
    await endLease();
    const current = await claimOne(id);

    await settle(stack.stack.pool, late, DELIVERED, RULES);
    const after = await settle(stack.stack.pool, current, FAILED, RULES);

    expect(after).toEqual({});
    expect(await stack.delivery(delivery)).toMatchObject({ state: 'delivered', attempts: 1, last_error: null });
  });

  it('is not used by a worker that hears of it when its lease is over', async () => {
    const id = await stack.subscribe(receiver.url);
    const [delivery = ''] = await stack.deliver(id, [{}]);
    const now = performance.now.bind(performance);
    let frozenMs = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now() + frozenMs);
    const pool = breakingPool(stack.stack.pool, () => {
      frozenMs = 60_000;
      return undefined;
    });
    const worker = stack.dispatch({ pool });
    await until(async () => (await stack.delivery(delivery)).claim !== null, { what: 'a claim' });

    await worker.end();

    jest.restoreAllMocks();
    expect(receiver.received).toHaveLength(0);
    expect(await stack.delivery(delivery)).toMatchObject({ state: 'waiting', attempts: 0 });
    expect(worker.log.lines).toContainEqual(
      expect.objectContaining({ message: 'notify.late', subscription: 'shop', deliveries: 1 }),
    );
  });

  it('is left to whoever claims at the moment, and waits for nobody', async () => {
    const id = await stack.subscribe(receiver.url);
    await stack.deliver(id, [{}]);
    const tx = await stack.stack.pool.connect();
    try {
      await tx.query('begin');
      await tx.query('select from subscriptions for no key update');

      expect(await claimOf(id)).toEqual({ outcome: 'busy' });
    } finally {
      await tx.query('rollback');
      tx.release();
    }
  });

  it('is not held up by those who write deliveries, nor holds them up', async () => {
    const id = await stack.subscribe(receiver.url);
    await stack.deliver(id, [{}]);
    const tx = await stack.stack.pool.connect();
    try {
      await tx.query('begin');
      await tx.query('insert into deliveries (subscription_id, ordered) values ($1, false)', [id]);

      expect(await claimOf(id, 9)).toMatchObject({ outcome: 'claimed', deliveries: [{ event_id: '1' }] });
    } finally {
      await tx.query('rollback');
      tx.release();
    }
  });

  it('of an ordered subscription takes the first of each record alone, though others are due', async () => {
    const id = await stack.subscribe(receiver.url, { ordered: true });
    await stack.deliver(id, [{ record_id: 1 }, { record_id: 1 }, { record_id: 2 }, { record_id: 2 }]);

    const claimed = await claimOf(id, 9);

    expect(claimed).toMatchObject({ outcome: 'claimed', deliveries: [{ record_id: 1 }, { record_id: 2 }] });
    expect(await claimOf(id, 9)).toEqual({ outcome: 'idle' });
  });

  it('after a breaker is one, and holds the others back for its lease', async () => {
    const id = await stack.subscribe(receiver.url);
    await stack.deliverMany(id, 3);
    await stack.stack.pool.query('update subscriptions set failures = 5, open_until = now()');

    expect(await claimOf(id, 9)).toMatchObject({ outcome: 'claimed', deliveries: [{ isProbe: true }] });
    expect(await claimOf(id, 9)).toEqual({ outcome: 'idle' });
    await stack.letProbe();
    expect(await claimOf(id, 9)).toMatchObject({ outcome: 'claimed', deliveries: [{ isProbe: true }] });
  });
});

describe('a worker that ends', () => {
  it('begins nothing more, and settles what is under way', async () => {
    const id = await stack.subscribe(receiver.url);
    await stack.deliverMany(id, 10);
    const held: ServerResponse[] = [];
    receiver.answer = (response) => void held.push(response);
    const worker = stack.dispatch({ config: { NOTIFY_CONCURRENCY: 3 } });
    await until(() => held.length === 3, { what: 'three tries' });

    let hasEnded = false;
    const ending = worker.end().then(() => (hasEnded = true));
    held.forEach((response) => response.writeHead(204).end());
    await ending;

    expect(hasEnded).toBe(true);
    expect(receiver.received).toHaveLength(3);
    expect(await stack.countOf('delivered')).toBe(3);
    expect(await stack.stack.rows('select from deliveries where claim is not null')).toEqual([]);
  });

  it('waits for a try no longer than the time that it has', async () => {
    const id = await stack.subscribe(receiver.url);
    await stack.deliver(id, [{}]);
    receiver.answer = () => {};
    const worker = stack.dispatch({ config: { NOTIFY_TIMEOUT_SECONDS: 1 } });
    await until(() => receiver.received.length === 1, { what: 'a try' });

    await worker.end();

    expect(await stack.tries(1)).toMatchObject([{ outcome: 'timeout' }]);
    expect(await stack.stack.rows('select from deliveries where claim is not null')).toEqual([]);
  });

  it('leaves a failed one to others, with all its attempts but one', async () => {
    const id = await stack.subscribe(receiver.url);
    const [delivery = ''] = await stack.deliver(id, [{}]);
    receiver.answer = status(500);
    const first = stack.dispatch();
    await stack.tries(1);
    await first.end();

    receiver.answer = status(200);
    await stack.makeDue();
    stack.dispatch();
    await stack.reach('delivered', 1);

    expect(await stack.delivery(delivery)).toMatchObject({ attempts: 2 });
  });
});
