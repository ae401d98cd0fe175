import { Redis } from 'ioredis';
import { DataSource } from 'typeorm';
import { JsonRecord, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { createDataSource, migrate } from '@bridgecore/database';
import { Stack, startOwnStack, until } from '@bridgecore/devkit';
import { Producer } from '@bridgecore/runtime';
import { Answer, call } from './calls';
import { openTestGateway, ready, RunningGateway } from './running-gateway';
import { OPERATOR_KEY } from './test-keys';

const LETTERS = 100_000;

let stack: Stack;
let source: DataSource;
let redis: Redis;
let gateway: RunningGateway;

beforeAll(async () => {
  stack = await startOwnStack();
  await migrate(stack.databaseUrl);
  source = await createDataSource(stack.databaseUrl, { statementTimeoutMs: 60_000 }).initialize();
  redis = new Redis(stack.redisUrl, { retryStrategy: () => 100 }).on('error', () => undefined);
  gateway = await ready(await openTestGateway({ redisUrl: stack.redisUrl, databaseUrl: stack.databaseUrl }), 'ready');
}, 60_000);

afterEach(async () => {
  await source.query('truncate dead_letters, audit_logs restart identity');
  await redis.flushall();
});

afterAll(async () => {
  await gateway.close();
  redis.disconnect();
  await source.destroy();
  await stack.stop();
});

const post = (path: string, body: object = {}): Promise<Answer> =>
  call(`${gateway.operatorUrl}/api/v1/dead-letters${path}`, {
    ...{ method: 'POST', body: JSON.stringify(body) },
    headers: { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': 'application/json' },
  });

const bury = (count: number): Promise<unknown> =>
  source.query(
    `insert into dead_letters (system, origin, origin_id, raw, raw_hash, reason, error, correlation_id)
     select 'odoo', 'push', n::text, '{}', gen_random_uuid(), '22P05', 'unsupported', 'request-1'
       from generate_series(1, $1) as n`,
    [count],
  );

const openLetters = async (): Promise<number> => {
  const [row] = await source.query<JsonRecord[]>(`select count(*)::int from dead_letters where status = 'open'`);
  return row?.['count'] as number;
};

const countJobs = (): Promise<number> => redis.zcard('{bridgecore}:webhook-events:prioritized');

async function askedFor(): Promise<readonly string[]> {
  const events = new Producer(WEBHOOK_EVENTS, redis);
  const jobs = await events.use((open) => open.getJobs(['prioritized'], 0, -1, true));
  return jobs.flatMap(({ data }) => WEBHOOK_EVENTS.parse(data).replay?.ids ?? []);
}

describe('replaying while Redis is away', () => {
  it('answers 503 when Redis is killed halfway through 100,000 letters, and all of them when asked again', async () => {
    await bury(LETTERS);

    const asked = post('/replay', { filter: {}, dry_run: false });
    await until(async () => (await countJobs()) > 20, { what: 'some jobs', intervalMs: 1 });
    await stack.redis.kill();
    const refused = await asked;
    await stack.redis.start();
    await ready(gateway, 'ready');
    await until(() => redis.status === 'ready', { what: 'the connection' });
    const half = await askedFor();
    const openMeanwhile = await openLetters();
    const again = await post('/replay', { filter: {}, dry_run: false });
    const all = await askedFor();

    expect(refused).toMatchObject({ status: 503, body: { code: 'QUEUE_UNAVAILABLE' } });
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(half.length).toBeGreaterThan(0);
    expect(half.length).toBeLessThan(LETTERS);
    expect(openMeanwhile).toBe(LETTERS);
    expect(again).toMatchObject({ status: 202, body: { count: LETTERS } });
    expect(new Set(all).size).toBe(LETTERS);
  }, 120_000);

  it('answers 503 for one, which stays open and can be asked for again', async () => {
    await bury(1);

    await stack.redis.stop();
    const refused = await post('/1/replay');
    const openMeanwhile = await openLetters();
    await stack.redis.start();
    await ready(gateway, 'ready');
    const again = await post('/1/replay');
    await until(() => redis.status === 'ready', { what: 'the connection' });

    expect(refused).toMatchObject({ status: 503, body: { code: 'QUEUE_UNAVAILABLE' } });
    expect(openMeanwhile).toBe(1);
    expect(again.status).toBe(202);
    expect(await askedFor()).toEqual(['1']);
  });
});

describe('discarding', () => {
  it('leaves the letter open when its audit row cannot be written', async () => {
    await bury(1);
    await source.query('alter table audit_logs add constraint nobody check (false) not valid');

    const { status } = await post('/1/discard');
    await source.query('alter table audit_logs drop constraint nobody');

    expect(status).toBe(500);
    expect(await openLetters()).toBe(1);
  });
});
