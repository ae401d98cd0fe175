import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Link } from '../src/drill/link';

let servers: Server[];
let link: Link;
let url: string;

beforeEach(async () => {
  servers = await Promise.all(['a', 'b'].map(serving));
  link = new Link(servers.map(portOf));
  url = `http://127.0.0.1:${await link.listen()}`;
});
afterEach(async () => {
  await link.close();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
});

async function serving(name: string): Promise<Server> {
  const server = createServer((_, response) => response.writeHead(200, { connection: 'close' }).end(name));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const ask = async (timeoutMs = 5_000): Promise<string> =>
  (await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(timeoutMs) })).text();

describe('a line that can be cut', () => {
  it('leads to several in turn', async () => {
    expect([await ask(), await ask(), await ask()]).toEqual(['a', 'b', 'a']);
  });

  it('passes over one that is down', async () => {
    await new Promise((resolve) => servers[0]?.close(resolve));

    expect([await ask(), await ask()]).toEqual(['b', 'b']);
  });

  it('refuses while it is cut', async () => {
    link.cut();
    await expect(ask()).rejects.toThrow('fetch failed');

    link.heal();
    expect(await ask()).toBe('a');
  });

  it('answers nothing while it hangs, and breaks what hung when it is healed', async () => {
    link.hang();
    await expect(ask(100)).rejects.toThrow('timeout');

    const hanging = connect(Number(new URL(url).port), '127.0.0.1');
    await once(hanging, 'connect');
    link.heal();
    await once(hanging, 'close');
    expect(['a', 'b']).toContain(await ask());
  });
});
