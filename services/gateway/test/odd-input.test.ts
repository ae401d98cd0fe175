import { deflateSync, gzipSync } from 'node:zlib';
import { Answer, AUTHORIZED, flat, flatText, openRaw, push, pushHead, pushStream } from './calls';
import { openPushGateway, PushGateway } from './running-gateway';

describe('a push that looks odd', () => {
  let gateway: PushGateway;

  beforeAll(async () => {
    gateway = await openPushGateway();
  });

  afterEach(() => gateway.clear());
  afterAll(() => gateway.close());

  it.each<[string, (to: PushGateway) => Promise<Answer>]>([
    ['packed with gzip', (to) => push(to, gzipSync(JSON.stringify(flat())), { 'content-encoding': 'gzip' })],
    ['packed with deflate', (to) => push(to, deflateSync(JSON.stringify(flat())), { 'content-encoding': 'deflate' })],
    ['with a byte order mark', (to) => push(to, `\ufeff${JSON.stringify(flat())}`)],
    ['with a charset', (to) => push(to, flat(), { 'content-type': 'application/json; charset="UTF-8"' })],
    ['with a JSON type of its own', (to) => push(to, flat(), { 'content-type': 'application/vnd.api+json' })],
    ['in chunks', (to) => pushStream(to, 0)],
    ['with 32 levels', (to) => push(to, flatText(`"data":{"x":${'['.repeat(30)}${']'.repeat(30)}}`))],
    ['with lone surrogates and NUL in the data', (to) => push(to, flatText('"data":{"name":"\\ud800 \\u0000"}'))],
    [
      'with keys of a prototype',
      (to) => push(to, flatText('"constructor":{"prototype":1},"toString":1,"hasOwnProperty":1')),
    ],
    ['with ids as texts', (to) => push(to, flat({ record_id: '7', event_id: '42' }))],
    [
      'with false for what is empty',
      (to) => push(to, flat({ event_id: false, timestamp: false, category: false, data: false })),
    ],
    ['with an unknown Expect', (to) => expecting(to)],
  ])('is taken %s', async (_, send) => {
    const { status, body } = await send(gateway);

    const jobs = await gateway.jobs();
    expect({ status, body }).toMatchObject({ status: 200, body: { success: true, accepted: 1 } });
    expect(jobs).toMatchObject([{ events: [{ model: 'res.partner', record_id: 7 }] }]);
  });

  it('leaves every prototype as it was', async () => {
    await push(
      gateway,
      flatText('"constructor":{"prototype":{"polluted":1}},"data":{"constructor":{"prototype":{"polluted":1}}}'),
    );

    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

/** fetch does not send this header. */
async function expecting(gateway: { url: string }): Promise<Answer> {
  const { socket, received, closed } = openRaw(gateway.url);
  const body = JSON.stringify(flat());
  socket.write(pushHead(AUTHORIZED, `Content-Length: ${body.length}`, 'Expect: something', 'Connection: close') + body);
  await closed;
  const [head = '', text = ''] = received().split('\r\n\r\n');
  return { status: Number(head.slice(9, 12)), headers: new Headers(), body: JSON.parse(text) as Answer['body'] };
}
