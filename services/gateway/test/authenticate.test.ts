import { plainKey } from '../src/keys';
import { RECEIVE } from '../src/push-route';
import { AUTHORIZED, call, flat, openRaw, pushHead } from './calls';
import { openPushGateway } from './running-gateway';
import { OPERATOR_KEY, operatorKey, PUSH_KEY, pushKey } from './test-keys';

const EXPIRED_KEY = 'expired-key-of-forty-characters-012345678';
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('authenticate', () => {
  let gateway: Awaited<ReturnType<typeof openPushGateway>>;

  beforeAll(async () => {
    const expired = { ...plainKey('expired', EXPIRED_KEY, ['ingest'], 'odoo'), expires_at: new Date(Date.now() - 1) };
    const lasting = {
      ...plainKey('next', `${PUSH_KEY}-next`, ['ingest'], 'odoo'),
      expires_at: new Date(Date.now() + 1e9),
    };
    gateway = await openPushGateway({ keys: [pushKey(), operatorKey(), expired, lasting] });
  });

  afterAll(() => gateway.close());

  const pushWith = (headers: Record<string, string>) =>
    call(gateway.url + RECEIVE, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(flat()),
    });

  it.each<[string, Record<string, string>]>([
    ['Bearer', { authorization: `Bearer ${PUSH_KEY}` }],
    ['bearer in lower case with blanks', { authorization: `bearer \t  ${PUSH_KEY}` }],
    ['X-API-Key', { 'x-api-key': PUSH_KEY }],
    ['Basic, as typed', { authorization: `Basic ${PUSH_KEY}` }],
    ['Basic, user and key as typed', { authorization: `Basic odoo:${PUSH_KEY}` }],
    ['Basic, user and key in base64', { authorization: `Basic ${base64(`odoo:${PUSH_KEY}`)}` }],
    ['Basic, key in base64', { authorization: `Basic ${base64(PUSH_KEY)}` }],
    ['the next key, while they rotate', { authorization: `Bearer ${PUSH_KEY}-next` }],
    ['X-API-Key beside a Bearer that is unset', { authorization: 'Bearer False', 'x-api-key': PUSH_KEY }],
  ])('lets a push through with its key as %s', async (_, headers) => {
    const { status } = await pushWith(headers);

    expect(status).toBe(200);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ['there is no key', {}, /^Send a key as "Authorization: Bearer <key>"/],
    ['the key is empty', { authorization: 'Bearer', 'x-api-key': '' }, /^Send a key/],
    ['the scheme is another', { authorization: `Digest ${PUSH_KEY}` }, /^Send a key/],
    ['the key is unknown', { authorization: `Bearer ${PUSH_KEY}x` }, /not known here/],
    ['the key is the beginning of one', { 'x-api-key': PUSH_KEY.slice(0, -1) }, /not known here/],
    ['the subscriber has no bearer token', { authorization: 'Bearer False' }, /subscriber in Odoo has no token/],
    ['the subscriber has no basic token', { authorization: 'Basic False' }, /subscriber in Odoo has no token/],
    ['the subscriber has no API key', { 'x-api-key': 'False' }, /subscriber in Odoo has no token/],
    ['the key has expired', { 'x-api-key': EXPIRED_KEY }, /^This key has expired/],
  ])('answers 401 when %s', async (_, headers, detail) => {
    const { status, body, headers: answered } = await pushWith(headers);

    expect(status).toBe(401);
    expect(body).toMatchObject({ status: 401, code: 'AUTHENTICATION_REQUIRED', title: 'Unauthorized' });
    expect(body['detail']).toMatch(detail);
    expect(body['request_id']).toBe(answered.get('x-request-id'));
    expect(answered.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answered.get('www-authenticate')).toMatch(/^Bearer/);
  });

  it('answers 403 when the key may do other things only', async () => {
    const { status, body } = await pushWith({ authorization: `Bearer ${OPERATOR_KEY}` });

    expect(status).toBe(403);
    expect(body).toMatchObject({ code: 'FORBIDDEN', detail: expect.stringContaining('"ingest"') as string });
  });

  it('takes the first of two Authorization headers, and none of two X-API-Keys', async () => {
    const first = openRaw(gateway.url);
    const second = openRaw(gateway.url);

    first.socket.write(
      pushHead('Authorization: Bearer wrong', AUTHORIZED, 'Content-Length: 2', 'Connection: close') + '{}',
    );
    second.socket.write(
      pushHead(`X-API-Key: ${PUSH_KEY}`, `X-API-Key: ${PUSH_KEY}`, 'Content-Length: 2', 'Connection: close') + '{}',
    );
    await Promise.all([first.closed, second.closed]);

    expect([first, second].map(({ received }) => received().slice(0, 12))).toEqual(['HTTP/1.1 401', 'HTTP/1.1 401']);
  });

  it('answers at once when the header is kilobytes of blanks', async () => {
    const { status } = await pushWith({ authorization: `Bearer x${' '.repeat(15_000)}x` });

    expect(status).toBe(401);
  });

  it('never writes a key to the log', async () => {
    await pushWith({ authorization: `Bearer ${PUSH_KEY}` });
    await pushWith({ authorization: `Basic ${base64(`odoo:${OPERATOR_KEY}`)}`, 'x-api-key': EXPIRED_KEY });

    const written = JSON.stringify(gateway.lines);

    expect(gateway.lines.length).toBeGreaterThan(1);
    for (const secret of [PUSH_KEY, OPERATOR_KEY, EXPIRED_KEY, base64(`odoo:${OPERATOR_KEY}`)]) {
      expect(written).not.toContain(secret);
    }
  });
});
