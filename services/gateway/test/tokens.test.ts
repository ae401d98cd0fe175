import { JsonRecord } from '@bridgecore/contracts';
import { createTestRedis } from '@bridgecore/devkit';
import { Answer, call, get } from './calls';
import { clearFeed, FeedStack, idsIn, openFeedStack, PARIS_KEY, positionIn } from './feed-stack';
import { openTestGateway, ready, RunningGateway } from './running-gateway';
import { OPERATOR_KEY, PUSH_KEY } from './test-keys';
import { tokenJwk, tokenKeysOf } from './token-keys';

const WHO = { system: 'odoo', user_id: 'u-1', device_id: 'd-1', app_type: 'sales' };
const SECRET = tokenJwk('k1');

let stack: FeedStack;

beforeAll(async () => {
  stack = await openFeedStack({ tokenKeys: tokenKeysOf(SECRET) });
});
afterEach(() => clearFeed(stack));
afterAll(() => stack.close());

function post({ url }: RunningGateway, path: string, body: JsonRecord, key: string): Promise<Answer> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  return call(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
}

const mint = (different: JsonRecord = {}, key = OPERATOR_KEY): Promise<Answer> =>
  post(stack.gateway, '/api/v1/tokens', { ...WHO, ...different }, key);
const tokenOf = async (different: JsonRecord = {}): Promise<string> => String((await mint(different)).body['token']);
const sync = (name: string, body: JsonRecord, token: string): Promise<Answer> =>
  post(stack.gateway, `/api/v1/sync/${name}`, body, token);
const read = (path: string, token: string): Promise<Answer> => get(stack.gateway.url + path, token);

describe('POST /api/v1/tokens', () => {
  it('answers a token that ends after a quarter of an hour, and leaves a trace without it', async () => {
    const { status, body, headers } = await mint({ user_id: 7 });
    const [, payload = ''] = String(body['token']).split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<'iat' | 'exp', number>;

    expect(status).toBe(201);
    expect(body).toEqual({
      ...{ token: expect.any(String) as string, token_type: 'Bearer' },
      ...{ expires_at: new Date(claims.exp * 1_000).toISOString(), request_id: headers.get('x-request-id') },
    });
    expect(claims.exp - claims.iat).toBe(900);
    expect(claims).toMatchObject({ iss: 'bridgecore', aud: 'sync', sub: '7', device_id: 'd-1', key_id: 'operator' });
    expect(stack.gateway.lines.filter(({ message }) => message === 'token.minted').at(-1)).toMatchObject({
      ...{ ...WHO, user_id: '7', key_id: 'operator', correlation_id: body['request_id'] },
      jti: (claims as unknown as JsonRecord)['jti'],
    });
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it.each([59, 86_401, 1.5, '900'])('refuses an expiry of %j', async (seconds) => {
    const { status, body } = await mint({ expires_in_seconds: seconds });

    expect([status, body['errors']]).toEqual([
      422,
      [{ field: 'expires_in_seconds', message: 'must be an integer from 60 to 86400' }],
    ]);
  });

  it('refuses what no device could use: an app type or system that is not there, a field that is none', async () => {
    const answers = [
      await mint({ app_type: 'games' }),
      await mint({ system: 'lyon' }),
      await mint({ scope: 'operate' }),
      await mint({ user_id: '' }),
    ];

    expect(answers.map(({ status, body }) => [status, body['code']])).toEqual(Array(4).fill([422, 'REQUEST_INVALID']));
  });

  it('lets a key of one system make tokens for that one only, and one that may not read make none', async () => {
    const [other, own, pushing] = [
      await mint({}, PARIS_KEY),
      await mint({ system: 'paris' }, PARIS_KEY),
      await mint({}, PUSH_KEY),
    ];

    expect([other.status, own.status, pushing.status]).toEqual([403, 201, 403]);
  });
});

describe('a consumer with a token', () => {
  it('is the user, device and app that it names, and gets the models of that app type', async () => {
    await stack.recorded.add({}, { model: 'stock.quant' }, { system: 'paris' });
    const token = await tokenOf();

    const first = await sync('pull', { start: 'beginning' }, token);
    const named = await sync('pull', { ...WHO, ack: positionIn(first) }, token);
    const byKey = await stack.pull({ app_type: 'sales' });
    const state = await read('/api/v1/sync/state', token);

    expect(idsIn(first)).toEqual([1]);
    expect([named.status, idsIn(named), byKey.body['position']]).toEqual([200, [], positionIn(named)]);
    expect(state.body).toMatchObject({ system: 'odoo', devices: [{ device_id: 'd-1', app_type: 'sales', behind: 0 }] });
  });

  it.each(Object.keys(WHO))('may name no other %s, in any call', async (field) => {
    const token = await tokenOf();
    const other = { [field]: field === 'system' ? 'paris' : 'manager' };
    const query = new URLSearchParams(other).toString();

    const answers = [await sync('pull', other, token), await sync('reset', { ...other, to: 'now' }, token)];
    if (field !== 'app_type') answers.push(await read(`/api/v1/sync/state?${query}`, token));
    if (field === 'system') answers.push(await read(`/api/v1/feed?${query}`, token));

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403));
    expect(answers[0]?.body).toMatchObject({ code: 'FORBIDDEN', errors: [{ field }] });
    expect(await stack.recorded.source.query('select from sync_devices')).toEqual([]);
  });

  it('does not see the other apps and devices of its user', async () => {
    for (const other of [{ app_type: 'mobile' }, { device_id: 'd-2' }, { user_id: 'u-2' }]) {
      await stack.pull({ ...WHO, ...other });
    }

    const { body } = await read('/api/v1/sync/state', await tokenOf());

    expect(body['devices']).toEqual([]);
  });

  it('may reset its own device, which the audit tells of the key that made the token', async () => {
    await stack.recorded.add({}, {});
    const token = await tokenOf();
    await sync('pull', {}, token);

    const { status } = await sync('reset', { to: 'beginning' }, token);
    const again = await sync('pull', {}, token);

    const audit: unknown = await stack.recorded.source.query('select key_id from audit_logs');
    expect([status, idsIn(again), audit]).toEqual([200, [1, 2], [{ key_id: 'operator' }]]);
  });

  it('reads in the feed the models of its app type in its system, and no other', async () => {
    await stack.recorded.add({}, { model: 'stock.quant' }, { system: 'paris' }, { model: 'res.partner' });
    const token = await tokenOf();

    const [all, some, strange] = [
      await read('/api/v1/feed', token),
      await read('/api/v1/feed?models=res.partner&system=odoo', token),
      await read('/api/v1/feed?models=res.partner,stock.quant', token),
    ];
    const manager = await read('/api/v1/feed', await tokenOf({ app_type: 'manager' }));

    expect([idsIn(all), idsIn(some), idsIn(manager)]).toEqual([[1, 4], [4], [1, 2, 4]]);
    expect([strange.status, strange.body['code']]).toEqual([400, 'QUERY_INVALID']);
  });

  it('is refused by every other route, on both ports', async () => {
    const token = await tokenOf();
    const { url, operatorUrl } = stack.gateway;
    const routes = ['events', 'events/1', 'dead-letters', 'systems', 'queues', 'audit'].map(
      (name) => `/api/v1/${name}`,
    );

    const answers = [
      ...(await Promise.all(routes.map((path) => get(operatorUrl + path, token)))),
      await mint({}, token),
      await post(stack.gateway, '/api/v1/webhooks/receive', {}, token),
      await call(`${url}/api/v1/feed`, { headers: { 'x-api-key': token } }),
      await call(`${url}/api/v1/feed`, { headers: { authorization: `Basic ${token}` } }),
    ];

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 401));
  });

  it('is counted and logged as the key that made the token, and the token is in no line', async () => {
    const token = await tokenOf();
    await read('/api/v1/feed', token);
    await read('/api/v1/feed', `${token}x`);
    await read('/api/v1/feed', token.slice(0, -9));

    const metrics = await (await fetch(`${stack.gateway.operatorUrl}/metrics`)).text();
    const feeds = stack.gateway.lines.filter(({ route }) => route === '/api/v1/feed').slice(-3);

    expect(metrics).toMatch(
      /requests_total\{method="GET",route="\/api\/v1\/feed",status="200",outcome="done",key="operator"/,
    );
    expect(feeds.map(({ status, key_id }) => [status, key_id])).toEqual([
      ...[
        [200, 'operator'],
        [401, undefined],
        [401, undefined],
      ],
    ]);
    expect(feeds[0]).toMatchObject({ system: 'odoo', token_id: expect.any(String) as string });
    const lines = JSON.stringify(stack.gateway.lines);
    for (const part of token.split('.').slice(1)) expect(lines).not.toContain(part.slice(0, 40));
  });

  it('gets 401 for a token longer than any of ours, and the server stays whole', async () => {
    const { status } = await read('/api/v1/feed', `ey${'a'.repeat(9_000)}.b.c`);

    expect(status).toBe(401);
  });
});

describe('a gateway', () => {
  it('makes tokens with PostgreSQL away', async () => {
    const { url: redisUrl } = await createTestRedis();
    const gateway = await ready(await openTestGateway({ redisUrl, tokenKeys: tokenKeysOf(SECRET) }));

    const { status } = await post(gateway, '/api/v1/tokens', { ...WHO }, OPERATOR_KEY);
    await gateway.close();

    expect(status).toBe(201);
  });

  it('without a file of keys has no tokens, and says so', async () => {
    const { url: redisUrl } = await createTestRedis();
    const gateway = await ready(await openTestGateway({ redisUrl }));

    const made = await post(gateway, '/api/v1/tokens', { ...WHO }, OPERATOR_KEY);
    const used = await get(`${gateway.url}/api/v1/feed`, await tokenOf());
    await gateway.close();

    expect([made.status, made.body['code'], used.status]).toEqual([409, 'TOKENS_DISABLED', 401]);
    expect(made.body['detail']).toMatch(/TOKEN_KEYS_FILE/);
  });
});
