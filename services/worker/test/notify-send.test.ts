import { once } from 'node:events';
import { AddressInfo, createServer, Server } from 'node:net';
import { setInterval as each } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { networksOf } from '@bridgecore/contracts';
import { createConnections, Connections } from '../src/notify/connect';
import { createSend, Send, Sent } from '../src/notify/send';
import { fine, hang, openReceiver, Receiver, status } from './receiver';

const HEADERS = { 'webhook-id': 'msg_1', 'webhook-signature': 'v1,signed' };

let receiver: Receiver;
let connections: Connections;
let send: Send;

const sender = (allowed: string, timeoutMs = 5_000): Send => {
  connections.close();
  connections = createConnections(networksOf(allowed, 'NOTIFY_ALLOWED_NETWORKS'));
  return createSend(connections, timeoutMs, 'BridgeCore/test');
};
const post = (url = receiver.url, by = send): Promise<Sent> => by({ url, headers: HEADERS, body: '{"a": 1}' });

beforeAll(async () => {
  receiver = await openReceiver();
  connections = createConnections([]);
});
beforeEach(() => {
  receiver.forget();
  receiver.answer = fine;
  send = sender('127.0.0.1');
});
afterAll(async () => {
  connections.close();
  await receiver.close();
});

describe('sending', () => {
  it('posts the body byte by byte, with its headers', async () => {
    expect(await post()).toEqual({ outcome: 'delivered', status: 204, answer: '' });
    const [request] = receiver.received;

    expect(request).toMatchObject({ path: '/hook?token=hidden-in-url', body: '{"a": 1}' });
    expect(request?.headers).toMatchObject({
      ...HEADERS,
      ...{ 'content-type': 'application/json', 'user-agent': 'BridgeCore/test', 'accept-encoding': 'identity' },
    });
  });

  it.each([
    [200, 'delivered'],
    [202, 'delivered'],
    [299, 'delivered'],
    [301, 'redirected'],
    [304, 'redirected'],
    [307, 'redirected'],
    [400, 'refused'],
    [404, 'refused'],
    [410, 'refused'],
    [500, 'refused'],
  ])('takes a %p for %p', async (code, outcome) => {
    receiver.answer = status(code, { location: `${receiver.url}&again` });

    expect(await post()).toMatchObject({ outcome, status: code });
    expect(receiver.received).toHaveLength(1); // no redirect is followed
  });

  it('tells how long it was asked to wait, a day at most', async () => {
    const asked = async (text: string): Promise<number | undefined> => {
      receiver.answer = status(429, { 'retry-after': text });
      return (await post()).retryAfterMs;
    };

    expect(await asked('7')).toBe(7_000);
    expect(await asked('99999999')).toBe(86_400_000);
    expect(await asked(new Date(Date.now() + 60_000).toUTCString())).toBeGreaterThan(50_000);
    expect(await asked('soon')).toBeUndefined();
  });

  it('keeps connections, and makes a new one when the other side has closed the one that was kept', async () => {
    const before = receiver.connections;
    await post();
    await post();
    expect(receiver.connections).toBe(before + 1);

    receiver.answer = (response, _, number) => {
      if (number === 3) response.socket?.resetAndDestroy();
      else response.writeHead(204).end();
    };

    expect(await post()).toMatchObject({ outcome: 'delivered' });
    expect(receiver.received).toHaveLength(4);
  });

  it('takes a connection that is lost for a failure, also in the middle of an answer', async () => {
    receiver.answer = (response) => response.socket?.destroy();
    expect(await post()).toMatchObject({ outcome: 'unreachable' });

    receiver.answer = (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.socket?.destroy());
    };
    expect(await post()).toMatchObject({ outcome: 'unreachable', status: 200 });

    const closed = await openReceiver();
    await closed.close();
    const { outcome, error } = await post(closed.url);
    expect({ outcome, error }).toEqual({
      outcome: 'unreachable',
      error: `connect ECONNREFUSED 127.0.0.1:${closed.port}`,
    });
  });
});

describe('an answer', () => {
  it('that never comes, or trickles, ends with the time', async () => {
    send = sender('127.0.0.1', 150);
    receiver.answer = hang;
    expect(await post()).toMatchObject({ outcome: 'timeout' });

    const closed = new AbortController();
    receiver.answer = (response) => {
      response.on('close', () => closed.abort());
      void trickle((text) => void response.write(text), closed.signal);
    };
    expect(await post()).toMatchObject({ outcome: 'timeout', status: 200 });
    await until(closed.signal);
  });

  it('whose head trickles ends with the time', async () => {
    send = sender('127.0.0.1', 150);
    const raw = await openRaw((write, signal) => trickle(write, signal, 'X-Filler: x\r\n', 'HTTP/1.1 200 OK\r\n'));

    const sent = await post(raw.url);

    expect(sent.outcome).toBe('timeout');
    await raw.close();
  });

  it('that has no end is read for 2 KiB, and its connection is closed', async () => {
    const closed = new AbortController();
    receiver.answer = (response) => {
      response.on('close', () => closed.abort());
      const more = (): void => {
        if (!closed.signal.aborted) response.write('x'.repeat(1_000), more);
      };
      more();
    };

    const sent = await post();

    expect(sent).toMatchObject({ outcome: 'delivered', answer: 'x'.repeat(2_048) });
    await until(closed.signal);
  });

  it('that is packed is not unpacked', async () => {
    const bomb = gzipSync('bomb '.repeat(1_000_000));
    receiver.answer = (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);

    const { outcome, answer = '' } = await post();

    expect(outcome).toBe('delivered');
    expect(answer.charCodeAt(0)).toBe(0x1f);
    expect(answer).not.toContain('bomb '.repeat(10));
  });
});

describe('an address that is not public', () => {
  it('is refused in the URL in whatever spelling, and when a name leads to it', async () => {
    send = sender('');
    const { port } = receiver;
    const hosts = ['127.0.0.1', '2130706433', '0x7f.1', '127.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost', '0.0.0.0'];
    const before = receiver.connections;

    const all = await Promise.all(
      hosts.flatMap((host) => [post(`http://${host}:${port}/`), post(`https://${host}:${port}/`)]),
    );

    expect(all.map(({ outcome }) => outcome)).toEqual(all.map(() => 'address_refused'));
    expect(receiver.connections).toBe(before);
  });

  it('is sent to when its network is allowed, by name too', async () => {
    expect(await post()).toMatchObject({ outcome: 'delivered' });
    expect(await post(`http://localhost:${receiver.port}/`)).toMatchObject({ outcome: 'delivered' });
  });

  it('is not reached by a proxy of the environment either', async () => {
    process.env['http_proxy'] = `http://127.0.0.1:${receiver.port}`;
    send = sender('127.0.0.1'); // where the proxy is

    const sent = await post('http://127.0.0.2/').finally(() => delete process.env['http_proxy']);

    expect(sent.outcome).toBe('address_refused');
    expect(receiver.received).toHaveLength(0);
  });

  it('is told without anything of the URL but the host', async () => {
    send = sender('');

    const told = await Promise.all([post(), post('https://no-such-host.invalid/?token=hidden-in-url')]);

    expect(told.map(({ outcome }) => outcome)).toEqual(['address_refused', 'unreachable']);
    expect(JSON.stringify(told)).not.toContain('hidden');
  });
});

async function trickle(write: (text: string) => void, signal: AbortSignal, part = 'x', first = ''): Promise<void> {
  write(first);
  try {
    for await (const _ of each(20, undefined, { signal })) write(part);
  } catch {
    // the other side has had enough
  }
}

async function until(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

interface Raw {
  readonly url: string;
  close(): Promise<void>;
}

/** A server that need not speak HTTP as it should. */
async function openRaw(answer: (write: (text: string) => void, signal: AbortSignal) => Promise<void>): Promise<Raw> {
  const closed = new AbortController();
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('close', () => closed.abort());
    socket.once('data', () => void answer((text) => void socket.write(text), closed.signal));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  return { url: `http://127.0.0.1:${port}/`, close };
}
