import { createTestRedis } from '@bridgecore/devkit';
import { plainKey } from '../src/keys';
import { Answer, call, flat, push } from './calls';
import { openTestGateway, ready, RunningGateway } from './running-gateway';
import { OPERATOR_KEY, operatorKey, pushKey } from './test-keys';
import { tokenJwk, tokenKeysOf } from './token-keys';

const OTHER_KEY = 'other-key-of-forty-characters-0123456789a';
const LIMIT = 3;
const WHO = { system: 'odoo', user_id: 'u-1', device_id: 'd-1', app_type: 'sales' };
const tokenKeys = tokenKeysOf(tokenJwk('k1'));
const keys = [
  ...[operatorKey(), plainKey('other', OTHER_KEY, ['read'], 'odoo')],
  ...[pushKey(), plainKey('both', 'b'.repeat(40), ['read', 'ingest'], 'odoo')],
];

let gateway: RunningGateway;

beforeEach(async () => {
  const { url: redisUrl } = await createTestRedis();
  gateway = await ready(await open(redisUrl));
});

afterEach(() => gateway.close());

const open = (redisUrl: string): Promise<RunningGateway> =>
  openTestGateway({ redisUrl, keys, tokenKeys, TOKEN_RATE_LIMIT_PER_MINUTE: LIMIT });

function mint({ url }: RunningGateway, key = OPERATOR_KEY, body: string = JSON.stringify(WHO)): Promise<Answer> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  return call(`${url}/api/v1/tokens`, { method: 'POST', headers, body });
}

/** One after another, one more than a key may make. */
async function mintTooMany(by: RunningGateway, key?: string): Promise<Answer[]> {
  const answers: Answer[] = [];
  while (answers.length <= LIMIT) answers.push(await mint(by, key));
  return answers;
}

describe('POST /api/v1/tokens', () => {
  it('answers 429 with what is left and when to come again once a key has made too many', async () => {
    const answers = await mintTooMany(gateway);

    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 429]);
    expect(answers.map(({ headers }) => headers.get('ratelimit-remaining'))).toEqual(['2', '1', '0', '0']);
    const { headers, body } = answers.at(-1) as Answer;
    expect(headers.get('ratelimit-limit')).toBe('3');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(headers.get('ratelimit-reset')).toBe(headers.get('retry-after'));
    expect(body).toMatchObject({
      code: 'RATE_LIMITED',
      detail: expect.stringMatching(/make a token 3 times/) as string,
    });
  });

  it('counts each key for itself, without looking at the body', async () => {
    await mintTooMany(gateway);

    const [same, other] = [await mint(gateway, OPERATOR_KEY, 'no JSON'), await mint(gateway, OTHER_KEY)];

    expect([same.status, other.status]).toEqual([429, 201]);
  });

  it('counts apart from pushes', async () => {
    const both = 'b'.repeat(40);
    await mintTooMany(gateway, both);

    const { status, headers } = await push(gateway, flat(), { authorization: `Bearer ${both}` });

    expect([status, headers.get('ratelimit-remaining')]).toEqual([200, '99999']);
  });

  it('goes on making tokens with Redis away, and counts in memory', async () => {
    const alone = await open('redis://127.0.0.1:9');

    const answers = await mintTooMany(alone).finally(() => alone.close());

    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 429]);
  });
});
