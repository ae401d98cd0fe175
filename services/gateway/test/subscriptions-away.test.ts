import { migrate } from '@bridgecore/database';
import { createTestDatabase, createTestRedis, Stack, startOwnStack, until } from '@bridgecore/devkit';
import { Answer } from './calls';
import { openTestGateway, ready, RunningGateway } from './running-gateway';
import { operatorKeys, PATH, sealingKey, sendTo } from './subscription-stack';

const CALLS: readonly [method: string, path: string, body?: unknown][] = [
  ['GET', PATH],
  ['POST', PATH, { name: 'shop', url: 'https://shop.example.com' }],
  ['GET', `${PATH}/shop`],
  ['PATCH', `${PATH}/shop`, { ordered: true }],
  ['DELETE', `${PATH}/shop`],
  ...['pause', 'resume', 'test', 'secrets'].map((action) => ['POST', `${PATH}/shop/${action}`] as [string, string]),
  ['DELETE', `${PATH}/shop/secrets/1`],
  ['POST', '/api/v1/secrets/re-encrypt'],
];

const all = (gateway: RunningGateway): Promise<Answer[]> =>
  Promise.all(CALLS.map(([method, path, body]) => sendTo(gateway, method, path, { body })));

const unavailable = CALLS.map(() => [503, 'DATABASE_UNAVAILABLE']);
const told = (answers: readonly Answer[]): unknown[] => answers.map(({ status, body }) => [status, body['code']]);

describe('subscriptions without PostgreSQL', () => {
  let stack: Stack;
  let gateway: RunningGateway;

  beforeAll(async () => {
    stack = await startOwnStack();
    await migrate(stack.databaseUrl);
    const stores = { redisUrl: stack.redisUrl, databaseUrl: stack.databaseUrl };
    gateway = await openTestGateway({ ...stores, keys: operatorKeys(), sealingKeys: [sealingKey('2026', 1)] });
    await ready(gateway, 'ready');
  }, 60_000);

  afterAll(async () => {
    await gateway.close();
    await stack.stop();
  });

  it('answer 503 to everything, tell nothing of a secret, and go on when it is back', async () => {
    await stack.postgres.stop();
    const answers = await all(gateway);
    await stack.postgres.start();
    const made = await until(
      async () => {
        const answer = await sendTo(gateway, 'POST', PATH, { body: { name: 'shop', url: 'https://shop.example.com' } });
        return answer.status === 201 ? answer : undefined;
      },
      { what: 'a subscription to be made', timeoutMs: 20_000 },
    );

    expect(told(answers)).toEqual(unavailable);
    expect(answers.map(({ headers }) => headers.get('retry-after'))).toEqual(CALLS.map(() => '5'));
    expect(JSON.stringify([answers.map(({ body }) => body), gateway.lines])).not.toContain('whsec_');
    expect(made.body).toMatchObject({ name: 'shop' });
  }, 60_000);
});

describe('subscriptions before the migrations', () => {
  it('answer 503 and say so', async () => {
    const [{ url: redisUrl }, database] = await Promise.all([createTestRedis(), createTestDatabase()]);
    const gateway = await openTestGateway({ redisUrl, databaseUrl: database.url, keys: operatorKeys() });
    await until(async () => String((await sendTo(gateway, 'GET', PATH)).body['detail']).includes('npm run migrate'), {
      what: 'the gateway to find that migrations are missing',
    });

    const answers = await all(gateway);
    await gateway.close();
    await database.drop();

    expect(told(answers)).toEqual(unavailable);
    expect(answers.map(({ body }) => String(body['detail']).slice(0, 38))).toEqual(
      CALLS.map(() => 'The database waits for its migrations '),
    );
  });
});
