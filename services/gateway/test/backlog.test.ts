import { Redis } from 'ioredis';
import { WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { Stack, startStack, until } from '@bridgecore/devkit';
import { Producer } from '@bridgecore/runtime';
import { Answer, flat, get, push } from './calls';
import { jobsIn, openPushGateway, openTestGateway, PushGateway, ready, RunningGateway } from './running-gateway';

const answered = async (gateway: { url: string }, status: number): Promise<Answer> => {
  let answer: Answer | undefined;
  const asked = async (): Promise<boolean> => (answer = await push(gateway, flat())).status === status;
  await until(asked, { what: `an answer of ${status}` });
  return answer as Answer;
};

describe('watchBacklog', () => {
  let gateway: PushGateway;

  beforeEach(async () => {
    gateway = await openPushGateway({ WEBHOOK_MAX_BACKLOG_JOBS: 3 });
  });

  afterEach(() => gateway.close());

  it('refuses pushes while too many jobs wait, accepts none of them, and goes on when they are gone', async () => {
    const redis = new Redis(gateway.redisUrl);
    const fill = (): Promise<unknown> =>
      new Producer(WEBHOOK_EVENTS, redis).use(async (queue) => {
        await queue.add('filler', { events: [], rejected: [] });
        await queue.add('filler', { events: [], rejected: [] }, { delay: 3_600_000 });
        await queue.add('filler', { events: [], rejected: [] }, { priority: 1 });
      });
    await until(() => fill().then(() => true), { what: 'Redis' });

    const refused = await answered(gateway, 503);
    const before = (await jobsIn(redis)).length;
    const statuses = [(await push(gateway, flat())).status, (await push(gateway, flat())).status];
    const after = (await jobsIn(redis)).length;
    await gateway.clear();
    await answered(gateway, 200);
    await redis.quit();

    expect(refused.body).toMatchObject({ code: 'QUEUE_FULL', status: 503 });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(statuses).toEqual([503, 503]);
    expect(after).toBe(before);
    const named = (message: string): unknown[] => gateway.lines.filter((line) => line.message === message);
    expect(named('backlog.refusing')).toMatchObject([{ level: 'warn', jobs: expect.any(Number) as number }]);
    expect(named('backlog.accepting')).toHaveLength(1);
  });

  it('shows the figures as metrics', async () => {
    await push(gateway, flat());

    const seen = await until(
      async () => {
        const text = await (await fetch(`${gateway.operatorUrl}/metrics`)).text();
        return /bridgecore_redis_memory_bytes\{.*\} [1-9]/.test(text) ? text : undefined;
      },
      { what: 'the gauge' },
    );

    expect(seen).toMatch(/bridgecore_backlog_refusing\{.*\} 0/);
    expect(seen).toMatch(/bridgecore_redis_memory_max_bytes\{.*\} 0/);
  });
});

describe('on a Redis of its own', () => {
  let own: Stack;
  let redis: Redis;
  let gateway: RunningGateway;

  beforeAll(async () => {
    own = await startStack({ stores: ['redis'], log: () => undefined });
    redis = new Redis(own.redisUrl);
    gateway = await ready(await openTestGateway({ redisUrl: own.redisUrl }));
  });

  afterAll(async () => {
    await gateway.close();
    await redis.quit();
    await own.stop();
  });

  it('refuses pushes when Redis nears its maxmemory, and accepts them again below it', async () => {
    await redis.setrange('ballast', 32 * 1024 * 1024, 'x'); // beside it, what connections take is little
    const used = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
    await redis.config('SET', 'maxmemory', Math.round(used * 1.15)); // more than 80 % of it, and not yet full

    const refused = await answered(gateway, 503);
    const accepted = (await jobsIn(redis)).length;
    await push(gateway, flat());
    const acceptedThen = (await jobsIn(redis)).length;
    await redis.config('SET', 'maxmemory', 0);
    await answered(gateway, 200);

    expect(refused.body).toMatchObject({ code: 'QUEUE_FULL', detail: expect.stringMatching(/% of its/) as string });
    expect(acceptedThen).toBe(accepted);
  });

  it('refuses pushes and is not ready while Redis may evict jobs, and heals by itself', async () => {
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');

    const refused = await answered(gateway, 503);
    const health = await get(`${gateway.url}/health/ready`);
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    await answered(gateway, 200);

    expect(refused.body).toMatchObject({ detail: expect.stringMatching(/evict.*allkeys-lru/) as string });
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect(health).toMatchObject({ status: 503, body: { checks: { redis: 'down' } } });
  });
});
