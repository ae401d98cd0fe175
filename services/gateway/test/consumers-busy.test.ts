import { Answer, flat, get, push } from './calls';
import { clearFeed, DEVICE, FeedStack, idsIn, openFeedStack } from './feed-stack';
import { OPERATOR_KEY } from './test-keys';

const DEVICES = 200;
const EVENTS = 500;
const PUSHES = 40;
const DEADLINE_MS = 1_800; // of production: a push that takes longer is answered 503
let stack: FeedStack;

beforeAll(async () => {
  stack = await openFeedStack({ WEBHOOK_DEADLINE_MS: DEADLINE_MS });
});
afterEach(() => clearFeed(stack));
afterAll(() => stack.close());

/** A device that asks again when it is told to. */
async function persist(device_id: string): Promise<number[]> {
  for (;;) {
    const answer = await stack.pull({ device_id, start: 'beginning', limit: EVENTS });
    if (answer.status === 200) return idsIn(answer);
    expect({ status: answer.status, code: answer.body['code'] }).toEqual({ status: 503, code: 'CONSUMERS_BUSY' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  }
}

/** Holds a row that every pull of the device waits for. */
async function hold(): Promise<{ release: () => Promise<void> }> {
  const holder = stack.recorded.source.createQueryRunner();
  await holder.startTransaction();
  await holder.query('select 1 from sync_devices for update');
  return {
    release: async () => {
      await holder.rollbackTransaction();
      await holder.release();
    },
  };
}

describe('many consumers at once', () => {
  it('each get their turn, and no push is late meanwhile', async () => {
    const data = { note: 'x'.repeat(1_000) };
    await stack.recorded.add(...Array.from({ length: EVENTS }, (_, n) => ({ record_id: n, data })));
    const state = { isReading: true };

    const reads = Promise.all(Array.from({ length: DEVICES }, (_, n) => persist(`d-${n}`))).finally(() => {
      state.isReading = false;
    });
    const pushes: Answer[] = [];
    for (let n = 0; n < PUSHES && state.isReading; n += 1)
      pushes.push(await push(stack.gateway, flat({ event_id: n })));
    const pages = await reads;

    expect(pages.map((ids) => ids.length)).toEqual(Array(DEVICES).fill(EVENTS));
    expect(pushes.length).toBeGreaterThan(1);
    expect(pushes.map(({ status }) => status)).toEqual(pushes.map(() => 200));
  }, 60_000);

  it('leave connections to operators, however many hang', async () => {
    await stack.pull();
    const { release } = await hold();
    let ended = 0;

    const pulls = Array.from({ length: 20 }, () => stack.pull().finally(() => (ended += 1)));
    const operator = await get(`${stack.gateway.operatorUrl}/api/v1/events`, OPERATOR_KEY);
    const endedBefore = ended;
    await release();
    const answers = await Promise.all(pulls);

    expect({ status: operator.status, endedBefore }).toEqual({ status: 200, endedBefore: 0 });
    expect(answers.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
  });

  it('are told by name that PostgreSQL is away', async () => {
    const away = await openFeedStackWithoutDatabase();

    const answers = [await away.pull(), await away.feed(), await away.state(`system=odoo&user_id=${DEVICE.user_id}`)];
    await away.close();

    const told = answers.map(({ status, body }) => [status, body['code']]);
    expect(told).toEqual(Array(3).fill([503, 'DATABASE_UNAVAILABLE']));
  });
});

async function openFeedStackWithoutDatabase(): Promise<FeedStack> {
  return openFeedStack({ databaseUrl: 'postgres://nobody@127.0.0.1:9/nowhere' }, 'degraded');
}
