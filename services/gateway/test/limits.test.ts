import { plainKey } from '../src/keys';
import { Answer, flat, push } from './calls';
import { openPushGateway, openTestGateway, PushGateway } from './running-gateway';
import { operatorKey, pushKey } from './test-keys';

const OTHER_KEY = 'other-key-of-forty-characters-0123456789a';
const NO_REDIS = 'redis://127.0.0.1:9';

/** Pushes one after another until one is refused for coming too often. */
async function pushUntilRefused(gateway: { url: string }, most: number, headers = {}): Promise<Answer[]> {
  const answers: Answer[] = [];
  while (answers.length < most && answers.at(-1)?.status !== 429) answers.push(await push(gateway, flat(), headers));
  return answers;
}

describe('rateLimit', () => {
  let gateway: PushGateway;

  beforeEach(async () => {
    const keys = [pushKey(), operatorKey(), plainKey('other', OTHER_KEY, ['ingest'], 'odoo')];
    gateway = await openPushGateway({ WEBHOOK_RATE_LIMIT_PER_MINUTE: 3, keys });
  });

  afterEach(() => gateway.close());

  it('answers 429 with what is left and when to come again once a key is over its limit', async () => {
    const answers = await pushUntilRefused(gateway, 5);

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers.map(({ headers }) => headers.get('ratelimit-remaining'))).toEqual(['2', '1', '0', '0']);
    const { headers, body } = answers.at(-1) as Answer;
    expect(headers.get('ratelimit-limit')).toBe('3');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(headers.get('ratelimit-reset')).toBe(headers.get('retry-after'));
    expect(body).toMatchObject({
      status: 429,
      code: 'RATE_LIMITED',
      detail: expect.stringMatching(/3 times a minute/) as string,
    });
  });

  it('refuses without looking at the body', async () => {
    await pushUntilRefused(gateway, 5);

    const { status } = await push(gateway, 'no JSON', { 'content-type': 'text/plain' });

    expect(status).toBe(429);
  });

  it('counts each key for itself', async () => {
    await pushUntilRefused(gateway, 5);

    const { status } = await push(gateway, flat(), { authorization: `Bearer ${OTHER_KEY}` });

    expect(status).toBe(200);
  });

  it('counts a batch once', async () => {
    const batch = { batch: true, events: Array.from({ length: 10 }, (_, index) => flat({ event_id: index })) };

    const { headers } = await push(gateway, batch);

    expect(headers.get('ratelimit-remaining')).toBe('2');
  });

  it('counts for all gateways together', async () => {
    const second = await openTestGateway({ redisUrl: gateway.redisUrl, WEBHOOK_RATE_LIMIT_PER_MINUTE: 3 });
    await pushUntilRefused(gateway, 5);

    const { status } = await push(second, flat()).finally(() => second.close());

    expect(status).toBe(429);
  });

  it('counts in memory while Redis is away', async () => {
    const alone = await openTestGateway({ redisUrl: NO_REDIS, WEBHOOK_RATE_LIMIT_PER_MINUTE: 3 });

    const answers = await pushUntilRefused(alone, 5).finally(() => alone.close());

    expect(answers.map(({ status }) => status)).toEqual([503, 503, 503, 429]);
    expect(answers.map(({ headers }) => headers.get('ratelimit-remaining'))).toEqual(['2', '1', '0', '0']);
  });

  it('does not count who is not known', async () => {
    const statuses: number[] = [];
    for (let index = 0; index < 5; index += 1) {
      statuses.push((await push(gateway, flat(), { authorization: 'Bearer wrong' })).status);
    }

    expect(statuses).toEqual([401, 401, 401, 401, 401]);
  });
});
