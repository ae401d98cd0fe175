import { createConnection } from 'node:net';
import {
  DROP,
  FakeReceiver,
  flood,
  GONE,
  HANG,
  mixture,
  OK,
  redirect,
  slow,
  status,
  trickle,
  type Behaviour,
} from '../src/fake-receiver/index';
import { until } from '../src/until';
import { isBehaviour } from '../src/fake-receiver/behaviour';
import { ask, type Answer } from './fake-odoo-help';
import { deliver, newSecret, signed } from './fake-receiver-help';

const SECRET = newSecret();
const SECRETS = [SECRET];

describe('the fake receiver', () => {
  let receiver: FakeReceiver;
  let url: string;

  beforeEach(async () => {
    receiver = new FakeReceiver({ secrets: SECRETS });
    url = await receiver.listen();
  });
  afterEach(() => receiver.close());

  it('keeps what it accepted, in the order of arrival', async () => {
    const at = new Date();

    const answers = [
      await deliver(url, { id: 'msg_1', secrets: SECRETS, at, data: { id: '1' } }),
      await deliver(url, { id: 'msg_2', secrets: SECRETS, at }),
    ];

    expect(answers.map((answer) => answer.status)).toEqual([200, 200]);
    expect(receiver.accepted.map(({ id }) => id)).toEqual(['msg_1', 'msg_2']);
    expect(receiver.accepted[0]).toMatchObject({
      timestamp: Math.floor(at.getTime() / 1_000),
      signature: expect.stringMatching(/^v1,/) as string,
      headers: { 'content-type': 'application/json' },
      body: { type: 'sale.order.write', data: { id: '1' } },
    });
  });

  it('counts a repeat by its webhook-id, and tells each once', async () => {
    for (const id of ['msg_1', 'msg_2', 'msg_1']) await deliver(url, { id, secrets: SECRETS });

    expect(receiver.counts).toEqual({
      ...{ requests: 3, received: 3, accepted: 3, duplicates: 1, unverified: 0, open: 0 },
    });
    expect(receiver.distinct.map(({ id }) => id)).toEqual(['msg_1', 'msg_2']);
  });

  it.each<[string, Parameters<typeof deliver>[1]]>([
    ['with another secret', { secrets: [newSecret()] }],
    ['long ago', { secrets: SECRETS, at: new Date(Date.now() - 600_000) }],
    ['with nothing', { secrets: [] }],
  ])('refuses with 401 what is signed %s, whatever it does with others', async (_name, sending) => {
    receiver.behaviour = HANG;

    const answer = await deliver(url, sending);

    expect(answer.status).toBe(401);
    expect(receiver.counts).toMatchObject({ received: 0, accepted: 0, unverified: 1 });
    expect(receiver.unverified).toHaveLength(1);
  });

  it('verifies with any of several secrets, among any of several signatures', async () => {
    const [first, second, strange] = [newSecret(), newSecret(), newSecret()];
    receiver.setSecrets([first, second]);

    const answers = [
      await deliver(url, { secrets: [strange, second] }),
      await deliver(url, { secrets: [first] }),
      await deliver(url, { secrets: [strange] }),
    ];

    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 401]);
  });

  it.each<[Behaviour, number, Record<string, string>]>([
    [status(500), 500, {}],
    [status(429, 3), 429, { 'retry-after': '3' }],
    [redirect('http://127.0.0.1:9/'), 307, { location: 'http://127.0.0.1:9/' }],
    [redirect('http://127.0.0.1:9/', 302), 302, { location: 'http://127.0.0.1:9/' }],
    [GONE, 410, {}],
  ])('answers as told: %j', async (behaviour, code, headers) => {
    receiver.behaviour = behaviour;

    const answer = await deliver(url, { secrets: SECRETS });

    expect(answer).toMatchObject({ status: code, headers });
    expect(receiver.counts).toMatchObject({ received: 1, accepted: 0 });
  });

  it('accepts with any status of success', async () => {
    receiver.behaviour = status(204);

    expect((await deliver(url, { secrets: SECRETS })).status).toBe(204);
    expect(receiver.counts.accepted).toBe(1);
  });

  it('is slow, and accepts only then', async () => {
    receiver.behaviour = slow(150);
    const startedAt = performance.now();

    const answer = deliver(url, { secrets: SECRETS });
    await until(() => receiver.counts.received === 1, { what: 'the delivery to arrive' });
    const early = receiver.counts.accepted;
    await answer;

    expect([early, receiver.counts.accepted]).toEqual([0, 1]);
    expect(performance.now() - startedAt).toBeGreaterThan(140);
  });

  it('does not accept what its sender has given up', async () => {
    receiver.behaviour = slow(60_000);
    const sender = new AbortController();
    const answer = fetch(url, { ...signed({ secrets: SECRETS }), signal: sender.signal });
    answer.catch(() => undefined);
    await until(() => receiver.counts.received === 1, { what: 'the delivery to arrive' });

    sender.abort();

    await until(() => receiver.counts.open === 0, { what: 'the connection to end' });
    expect(receiver.counts.accepted).toBe(0);
  });

  it('hangs until the sender gives up', async () => {
    receiver.behaviour = HANG;

    const answer = deliver(url, { secrets: SECRETS });
    answer.catch(() => undefined);
    await until(() => receiver.counts.received === 1, { what: 'the delivery to arrive' });

    expect(receiver.counts).toMatchObject({ open: 1, accepted: 0 });
    await receiver.kill();
    await expect(answer).rejects.toMatchObject({ code: 'ECONNRESET' });
    await until(() => receiver.counts.open === 0, { what: 'the connection to end' });
  });

  it('drops the connection', async () => {
    receiver.behaviour = DROP;

    await expect(deliver(url, { secrets: SECRETS })).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(receiver.counts).toMatchObject({ received: 1, accepted: 0 });
  });

  it.each(['head', 'body'] as const)('trickles its %s byte by byte, and never ends it', async (part) => {
    receiver.behaviour = trickle(part);
    const { headers, body } = signed({ secrets: SECRETS });
    const { hostname, port, pathname } = new URL(url);
    const lines = Object.entries({ host: hostname, ...headers }).map(([name, value]) => `${name}: ${value}`);
    const socket = createConnection(Number(port), hostname);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.write(`POST ${pathname} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`);

    await until(() => text.split('x').length > 5, { what: 'some bytes' });

    expect([text.includes('\r\n\r\n'), socket.readyState]).toEqual([part === 'body', 'open']);
    expect(receiver.counts).toMatchObject({ accepted: 0, open: 1 });
    socket.destroy();
    await until(() => receiver.counts.open === 0, { what: 'the connection to end' });
  });

  it('floods whoever reads on', async () => {
    receiver.behaviour = flood();
    const answer = await fetch(url, signed({ secrets: SECRETS }));
    let length = 0;

    for await (const chunk of answer.body ?? []) {
      length += (chunk as Uint8Array).length;
      if (length > 2_000_000) break; // which ends the connection
    }

    await until(() => receiver.counts.open === 0, { what: 'the flood to end' });
    expect([answer.status, receiver.counts.accepted]).toEqual([200, 1]);
  });

  it('does something else each time, and the same for the same seed', async () => {
    const statusesOf = async (seed: number): Promise<number[]> => {
      const moody = new FakeReceiver({ secrets: SECRETS, behaviour: mixture(OK, status(500), status(429)), seed });
      const at = await moody.listen();
      const statuses: number[] = [];
      for (let n = 0; n < 20; n += 1) statuses.push((await deliver(at, { secrets: SECRETS })).status);
      await moody.close();
      return statuses;
    };

    const [first, again, other] = [await statusesOf(1), await statusesOf(1), await statusesOf(2)];

    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(new Set(first)).toEqual(new Set([200, 500, 429]));
  });

  it('is refused connections when it is killed, and comes back on its port with what it has', async () => {
    await deliver(url, { id: 'msg_1', secrets: SECRETS });

    await receiver.kill();
    await expect(deliver(url, { id: 'msg_2', secrets: SECRETS })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await receiver.revive();
    await deliver(url, { id: 'msg_2', secrets: SECRETS });

    expect(receiver.accepted.map(({ id }) => id)).toEqual(['msg_1', 'msg_2']);
  });

  it('is told by others what to do, and tells how it is', async () => {
    const control = (name: string, body?: unknown): Promise<Answer> =>
      ask(
        new URL(`/__control/${name}`, url).href,
        body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) },
      );

    const refused = [await control('behaviour', { kind: 'moody' }), await control('secrets', []), await control('x')];
    const told = [await control('behaviour', { kind: 'status', status: 503 }), await control('secrets', [newSecret()])];
    await deliver(url, { secrets: SECRETS });
    const state = await control('state');

    expect(refused.map((answer) => answer.status)).toEqual([400, 400, 404]);
    expect(told.map((answer) => answer.status)).toEqual([200, 200]);
    expect(JSON.parse(state.body)).toMatchObject({ behaviour: { kind: 'status', status: 503 }, unverified: 1 });
  });
});

describe('a behaviour from outside', () => {
  it.each([OK, HANG, DROP, GONE, status(429, 3), redirect('http://x.test/'), slow(5), trickle(), flood()])(
    'is taken: %j',
    (behaviour) => {
      expect(isBehaviour(JSON.parse(JSON.stringify(behaviour)))).toBe(true);
      expect(isBehaviour(mixture(OK, behaviour))).toBe(true);
    },
  );

  it.each([
    ...[null, 'ok', {}, { kind: 'toString' }, { kind: 'status' }, { kind: 'status', status: 99 }, { kind: 'slow' }],
    ...[{ kind: 'trickle', part: 'foot' }, { kind: 'redirect' }, { kind: 'mixture', of: [] }],
    { kind: 'mixture', of: [{ kind: 'moody' }] },
  ])('is refused: %j', (input) => {
    expect(isBehaviour(input)).toBe(false);
  });
});
