import { once } from 'node:events';
import { Redis } from 'ioredis';
import { migrate } from '@bridgecore/database';
import { Stack, startOwnStack, until } from '@bridgecore/devkit';
import { GatewayConfig } from '../src/config';
import { Answer, AUTHORIZED, flat, get, openRaw, push, pushHead } from './calls';
import { endGateways, GatewayProcess, startReadyGateway } from './gateway-process';
import { GatewayOptions, jobsIn, openTestGateway, ready, RunningGateway } from './running-gateway';
import { OPERATOR_KEY } from './test-keys';

/** Two busy cores may take so much longer than the deadline says. */
const SLACK_MS = 2_000;
const DEADLINE_MS = new GatewayConfig().WEBHOOK_DEADLINE_MS;

let stack: Stack;
let gateway: RunningGateway | undefined;

beforeAll(async () => {
  stack = await startOwnStack();
  await migrate(stack.databaseUrl);
}, 60_000);

afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});

afterAll(() => stack.stop());

async function open(different: Partial<GatewayOptions> = {}): Promise<RunningGateway> {
  gateway = await openTestGateway({
    redisUrl: stack.redisUrl,
    databaseUrl: stack.databaseUrl,
    WEBHOOK_DEADLINE_MS: DEADLINE_MS,
    ...different,
  });
  return gateway;
}

async function timed(work: Promise<Answer>): Promise<Answer & { tookMs: number }> {
  const started = performance.now();
  return { ...(await work), tookMs: performance.now() - started };
}

function expectUnavailable({ status, headers, body, tookMs }: Answer & { tookMs: number }): void {
  expect(body).toMatchObject({ status: 503, code: 'QUEUE_UNAVAILABLE', request_id: headers.get('x-request-id') });
  expect({ status, retryAfter: headers.get('retry-after') }).toEqual({ status: 503, retryAfter: '5' });
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(tookMs).toBeLessThan(DEADLINE_MS + SLACK_MS);
}

const accepted = (to: RunningGateway): Promise<unknown> =>
  until(async () => (await push(to, flat())).status === 200, {
    what: 'a push to be accepted again',
    timeoutMs: 15_000,
  });

describe('the gateway while Redis is away', () => {
  it.each([
    ['stopped', () => stack.redis.stop(), () => stack.redis.start()],
    ['killed', () => stack.redis.kill(), () => stack.redis.start()],
    ['frozen', () => stack.redis.pause(), () => stack.redis.resume()],
  ])('answers 503 in time when it is %s, says so, and 200 by itself when it is back', async (_, disturb, restore) => {
    const to = await ready(await open(), 'ready');
    expect((await push(to, flat())).status).toBe(200);

    await disturb();
    const answers = await Promise.all([1, 2, 3].map(() => timed(push(to, flat()))));
    await until(async () => (await get(`${to.url}/health/ready`)).status === 503, {
      what: 'readiness to fail',
      timeoutMs: 15_000,
    });
    const [health, live] = await Promise.all([get(`${to.url}/health/ready`), get(`${to.url}/health/live`)]);
    await restore();
    await accepted(to);
    await ready(to, 'ready');

    answers.forEach(expectUnavailable);
    expect(health.body).toEqual({ status: 'not ready', checks: { redis: 'down', postgres: 'up' } });
    expect(live.status).toBe(200);
  });

  it('is live and not ready when it is started so, and ready by itself', async () => {
    await stack.redis.stop();
    const to = await open();

    const live = await get(`${to.url}/health/live`);
    const health = await get(`${to.url}/health/ready`);
    const refused = await timed(push(to, flat()));
    await stack.redis.start();
    await accepted(to);

    expect([live.status, health.status]).toEqual([200, 503]);
    expect(health.body).toMatchObject({ status: 'not ready', checks: { redis: 'down' } });
    expectUnavailable(refused);
  });

  it('has what waits for a Redis that hangs there before it ends, and answers it', async () => {
    const stores = { REDIS_URL: stack.redisUrl, DATABASE_URL: stack.databaseUrl };
    const to = await startReadyGateway({ ...stores, WEBHOOK_DEADLINE_MS: '20000' });
    const redis = new Redis(stack.redisUrl).on('error', () => undefined);
    await redis.flushall();
    const connections = [1, 2, 3].map(() => openRaw(to.url));
    await Promise.all(connections.map(({ socket }) => once(socket, 'connect')));

    await stack.redis.pause();
    connections.forEach(({ socket }, index) => {
      const body = JSON.stringify(flat({ event_id: index + 1 }));
      socket.write(pushHead(AUTHORIZED, `Content-Length: ${body.length}`) + body);
    });
    to.child.kill('SIGTERM');
    await until(() => to.output().includes('shutdown.started'), { what: 'the shutdown to begin', intervalMs: 5 });
    await stack.redis.resume();
    await Promise.all(connections.map(({ closed }) => closed));
    const code = await to.exit;

    const ids = (await jobsIn(redis)).flatMap(({ events }) => events.map(({ origin_id }) => Number(origin_id)));
    await redis.quit();
    const firstLines = connections.map(({ received }) => received().split('\r\n')[0]);
    expect(firstLines).toEqual([1, 2, 3].map(() => 'HTTP/1.1 200 OK'));
    expect(ids.sort()).toEqual([1, 2, 3]);
    expect(code).toBe(0);
  });

  it('keeps every event that was answered 200 when it is killed under load', async () => {
    const to = await ready(await open(), 'ready');
    const redis = new Redis(stack.redisUrl, { retryStrategy: () => 100 }).on('error', () => undefined);
    await redis.flushall();
    const taken: number[] = [];
    const answered = new Set<number>();
    let isOver = false;
    const load = async (from: number): Promise<void> => {
      for (let id = from; !isOver; id += 1) {
        const { status } = await push(to, flat({ event_id: id }));
        answered.add(status);
        if (status === 200) taken.push(id);
      }
    };

    const loads = Promise.all([0, 1e6, 2e6, 3e6].map(load));
    await until(() => taken.length > 20, { what: 'some pushes', intervalMs: 1 });
    await stack.redis.kill();
    await until(() => answered.has(503), { what: 'the gateway to notice', intervalMs: 1 });
    const before = taken.length;
    await stack.redis.start();
    await until(() => taken.length > before + 20, { what: 'pushes to be taken again', intervalMs: 1 });
    isOver = true;
    await loads;
    await until(() => redis.status === 'ready', { what: 'the connection' });
    const queued = new Set(
      (await jobsIn(redis)).flatMap(({ events }) => events.map(({ origin_id }) => Number(origin_id))),
    );
    await redis.quit();

    expect(taken.filter((id) => !queued.has(id))).toEqual([]);
    expect(answered).toEqual(new Set([200, 503]));
  });
});

describe('the gateway while PostgreSQL is away', () => {
  let process: GatewayProcess;

  const startOnStack = (): Promise<GatewayProcess> =>
    startReadyGateway({ REDIS_URL: stack.redisUrl, DATABASE_URL: stack.databaseUrl });
  const events = (to: GatewayProcess): Promise<Answer> => get(`${to.operatorUrl}/api/v1/events`, OPERATOR_KEY);

  afterEach(endGateways);

  it.each([
    ['killed', () => stack.postgres.kill(), () => stack.postgres.start()],
    ['frozen', () => stack.postgres.pause(), () => stack.postgres.resume()],
  ])(
    'accepts pushes when it is %s, refuses operators, and serves them by itself when it is back',
    async (_, disturb, restore) => {
      process = await startOnStack();
      await ready(process, 'ready');
      const before = await events(process);

      await disturb();
      const pushed = await timed(push(process, flat()));
      const refused = await events(process);
      await ready(process, 'degraded');
      const health = await get(`${process.url}/health/ready`);
      await restore();
      await served(process);
      await ready(process, 'ready');

      expect([before.status, pushed.status]).toEqual([200, 200]);
      expect(pushed.tookMs).toBeLessThan(DEADLINE_MS + SLACK_MS);
      expect(refused).toMatchObject({ status: 503, body: { code: 'DATABASE_UNAVAILABLE' } });
      expect(refused.headers.get('retry-after')).toBe('5');
      expect(health).toMatchObject({ status: 200, body: { checks: { redis: 'up', postgres: 'degraded' } } });
    },
  );

  it('accepts pushes when it is started so, and serves operators by itself later', async () => {
    await stack.postgres.stop();
    process = await startOnStack();

    const pushed = await push(process, flat());
    const refused = await events(process);
    await stack.postgres.start();
    await served(process);

    expect([pushed.status, refused.status]).toEqual([200, 503]);
  });

  async function served(to: GatewayProcess): Promise<void> {
    await until(async () => (await events(to)).status === 200, { what: 'operators to be served', timeoutMs: 20_000 });
  }
});
