import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { RECEIVE } from '../src/push-route';
import { Answer, AUTHORIZED, call, flat, flatText, get, openRaw, push, pushHead, pushStream } from './calls';
import { openPushGateway } from './running-gateway';

type Gateway = Awaited<ReturnType<typeof openPushGateway>>;
type Case = [name: string, send: (gateway: Gateway) => Promise<Answer>, code: string, detail: RegExp];

const MIB = 1024 * 1024;
const nested = (depth: number): string => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

describe('a push that is refused', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = await openPushGateway();
  });

  afterEach(async () => {
    // Nothing of it is queued, and the gateway goes on.
    expect(await gateway.jobs()).toEqual([]);
  });

  afterAll(() => gateway.close());

  const unsupported: Case[] = [
    [
      'there is no type',
      (to) => push(to, flat(), { 'content-type': '' }),
      'UNSUPPORTED_MEDIA_TYPE',
      /There is no Content-Type; send application\/json/,
    ],
    [
      'the type is a form',
      (to) => push(to, 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }),
      'UNSUPPORTED_MEDIA_TYPE',
      /"application\/x-www-form-urlencoded"/,
    ],
    [
      'the type only begins like JSON',
      (to) => push(to, flat(), { 'content-type': 'application/jsonp' }),
      'UNSUPPORTED_MEDIA_TYPE',
      /send application\/json/,
    ],
    [
      'the type is very long',
      (to) => push(to, flat(), { 'content-type': `text/${'x'.repeat(10_000)}` }),
      'UNSUPPORTED_MEDIA_TYPE',
      /…"; send/,
    ],
    [
      'the charset is another',
      (to) => push(to, flat(), { 'content-type': 'application/json; charset=iso-8859-1' }),
      'UNSUPPORTED_MEDIA_TYPE',
      /in UTF-8/,
    ],
    [
      'the encoding is unknown',
      (to) => push(to, flat(), { 'content-encoding': 'compress' }),
      'UNSUPPORTED_MEDIA_TYPE',
      /send gzip/,
    ],
  ];

  it.each(unsupported)('gets 415 when %s', (...each) => expectProblem(415, ...each));

  const tooLarge: Case[] = [
    [
      'it has 10 MB',
      (to) => push(to, ' '.repeat(10 * MIB)),
      'BODY_TOO_LARGE',
      /larger than is taken here \(1048576 bytes\)/,
    ],
    ['it is a byte over the bound', (to) => push(to, ' '.repeat(MIB + 1)), 'BODY_TOO_LARGE', /larger/],
    ['its 10 MB come in chunks', (to) => pushStream(to, 10 * MIB), 'BODY_TOO_LARGE', /larger/],
    [
      'it unpacks to 100 MB',
      (to) => push(to, gzipSync(Buffer.alloc(100 * MIB)), { 'content-encoding': 'gzip' }),
      'BODY_TOO_LARGE',
      /larger/,
    ],
    [
      'it unpacks from brotli to 20 MB',
      (to) => push(to, brotliBomb(), { 'content-encoding': 'br' }),
      'BODY_TOO_LARGE',
      /larger/,
    ],
  ];

  it.each(tooLarge)('gets 413 when %s', (...each) => expectProblem(413, ...each));

  const unreadable: Case[] = [
    ['it is empty', (to) => push(to, ''), 'JSON_INVALID', /^The body is empty/],
    [
      'it ends too early',
      (to) => push(to, '{"model":'),
      'JSON_INVALID',
      /^The body is not valid JSON: it ends too early\.$/,
    ],
    ['it is cut in a text', (to) => push(to, '{"model":"sale.or'), 'JSON_INVALID', /at position 17/],
    ['it is no JSON', (to) => push(to, 'model=sale.order'), 'JSON_INVALID', /^The body is not valid JSON/],
    ['it is what Python prints', (to) => push(to, "{'model': None}"), 'JSON_INVALID', /at position 1\b/],
    ['it has NaN', (to) => push(to, flatText('"data":{"x":NaN}')), 'JSON_INVALID', /not valid JSON/],
    ['something follows', (to) => push(to, '{} {}'), 'JSON_INVALID', /at position 3/],
    [
      'it is not UTF-8',
      (to) => push(to, Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])),
      'JSON_INVALID',
      /not valid UTF-8/,
    ],
    [
      'it is UTF-8 in part',
      (to) => push(to, Buffer.from('{"a":"é"}').subarray(0, 7)),
      'JSON_INVALID',
      /not valid UTF-8/,
    ],
    [
      'it has a surrogate in UTF-8',
      (to) => push(to, Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])),
      'JSON_INVALID',
      /not valid UTF-8/,
    ],
    ['it is UTF-16', (to) => push(to, Buffer.from('{"a":1}', 'utf16le')), 'JSON_INVALID', /not valid/],
    [
      'it is not gzip as it says',
      (to) => push(to, flat(), { 'content-encoding': 'gzip' }),
      'BODY_INCOMPLETE',
      /Content-Encoding/,
    ],
    [
      'its gzip is cut',
      (to) => push(to, gzipSync(JSON.stringify(flat())).subarray(0, 30), { 'content-encoding': 'gzip' }),
      'BODY_INCOMPLETE',
      /Content-Encoding/,
    ],
  ];

  it.each(unreadable)('gets 400 when %s', (...each) => expectProblem(400, ...each));

  const misshapen: Case[] = [
    ['it is an array', (to) => push(to, [flat()]), 'EVENT_INVALID', /must be a JSON object, not an array/],
    ['it is a text', (to) => push(to, '"sale.order"'), 'EVENT_INVALID', /not a string/],
    ['it is null', (to) => push(to, 'null'), 'EVENT_INVALID', /not null/],
    ['it is an empty object', (to) => push(to, {}), 'EVENT_INVALID', /model must be.*record_id must be.*event must be/],
    ['it is 33 levels deep', (to) => push(to, nested(33)), 'EVENT_INVALID', /deeper than 32 levels/],
    ['it is 500,000 levels deep', (to) => push(to, nested(500_000)), 'EVENT_INVALID', /deeper than 32 levels/],
    [
      'it has __proto__ for a key',
      (to) => push(to, flatText('"data":{"__proto__":{"admin":true}}')),
      'EVENT_INVALID',
      /data\.__proto__ is a key that is not allowed/,
    ],
    [
      'a number is too large',
      (to) => push(to, flatText('"data":{"total":1e400}')),
      'EVENT_INVALID',
      /data\.total is a number too large/,
    ],
    [
      'its instant metadata is no object',
      (to) => push(to, { _webhook_metadata: 'sale.order' }),
      'EVENT_INVALID',
      /_webhook_metadata must be/,
    ],
    [
      'its batch has no list',
      (to) => push(to, { batch: true, events: {} }),
      'EVENT_INVALID',
      /events must be an array/,
    ],
    [
      'its Idempotency-Key is too long',
      (to) => push(to, flat(), { 'idempotency-key': 'k'.repeat(256) }),
      'EVENT_INVALID',
      /Idempotency-Key must be at most 255/,
    ],
  ];

  it.each(misshapen)('gets 422 when %s', (...each) => expectProblem(422, ...each));

  it('never repeats what was sent', async () => {
    const secret = 'portal-token-of-a-customer';
    const answers = await Promise.all([
      push(gateway, `{"access_token": "${secret}" oops}`),
      push(gateway, flat({ priority: secret, record_id: secret, data: secret })),
    ]);

    expect(JSON.stringify(answers.map(({ body }) => body))).not.toContain(secret);
    expect(JSON.stringify(gateway.lines)).not.toContain(secret);
  });

  it('gets a short answer when a key is very long', async () => {
    const { status, body } = await push(gateway, `{"${'k'.repeat(900_000)}":1e400}`);

    expect(status).toBe(422);
    expect(JSON.stringify(body).length).toBeLessThan(5_000);
  });

  it.each<[string, Record<string, string>, number]>([
    ['the key before the type', { authorization: 'Bearer wrong', 'content-type': 'text/plain' }, 401],
    ['the type before the size', { 'content-type': 'text/plain' }, 415],
    ['the size before the text', {}, 413],
  ])('is told of %s', async (_, headers, expected) => {
    const { status } = await push(gateway, '{'.repeat(2 * MIB), headers);

    expect(status).toBe(expected);
  });

  it.each([
    ['GET', RECEIVE, 405, 'POST, HEAD'],
    ['PUT', RECEIVE, 405, 'POST, HEAD'],
    ['OPTIONS', RECEIVE, 405, 'POST, HEAD'],
    ['DELETE', '/health/live', 405, 'GET, HEAD'],
    ['GET', '/', 404, null],
    ['POST', '/api/v1/webhooks', 404, null],
    ['GET', '/metrics', 404, null],
    ['GET', '/api/v1/events', 404, null],
  ])('is told when %s %s is not served', async (method, path, expected, allow) => {
    const { status, body, headers } = await call(gateway.url + path, { method });

    expect(status).toBe(expected);
    expect(headers.get('allow')).toBe(allow);
    expect(body).toMatchObject({ status, request_id: headers.get('x-request-id') });
  });

  it.each([
    ['the public port', () => gateway.url, /OPERATOR_PORT/],
    ['the port that it means', () => gateway.operatorUrl, /^There is nothing at \/api\/v1\/event\.$/],
  ])('is told at %s where operators are served', async (_, url, detail) => {
    const { body } = await call(`${url()}/api/v1/event`, { method: 'GET' });

    expect(body['detail']).toMatch(detail);
  });

  it('gets its answer after a body that was refused unread, on the same connection', async () => {
    const { socket, received } = openRaw(gateway.url);
    const body = ' '.repeat(3 * MIB);

    socket.write(pushHead('Authorization: Bearer wrong', `Content-Length: ${body.length}`) + body);
    socket.write(pushHead(AUTHORIZED, 'Content-Length: 2', 'Connection: close') + '{}');
    await new Promise((resolve) => socket.once('close', resolve));

    expect(received().match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 401', 'HTTP/1.1 422']);
  });

  async function expectProblem(status: number, _: string, send: Case[1], code: string, detail: RegExp): Promise<void> {
    const answer = await send(gateway);

    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ type: 'about:blank', status, code });
    expect(answer.body['detail']).toMatch(detail);
    expect(answer.body['request_id']).toBe(answer.headers.get('x-request-id'));
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect((await get(`${gateway.url}/health/live`)).status).toBe(200);
  }
});

function brotliBomb(): Buffer {
  return brotliCompressSync(Buffer.alloc(20 * MIB), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } });
}
