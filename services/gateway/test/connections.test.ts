import { once } from 'node:events';
import { Server } from 'node:http';
import { until } from '@bridgecore/devkit';
import express from 'express';
import { listen, Log } from '@bridgecore/runtime';
import { Connections } from '../src/connections';
import { errorHandler, notFound } from '../src/error-handler';
import { createHttpServer } from '../src/http-server';
import { jsonBody } from '../src/json-body';
import { openRaw, RawConnection } from './calls';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} } as unknown as Log;

const GET_NOTHING = 'GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n';
const POST_ECHO = 'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n';

describe('Connections', () => {
  let server: Server;
  let connections: Connections;
  let url: string;
  let finish: (() => void) | undefined;

  async function open(requestMs?: number): Promise<void> {
    const app = express();
    app.post('/echo', ...jsonBody(1_024), (req, res) => res.json(req.body));
    app.get('/slow', (_req, res) => {
      finish = () => res.json({ done: true });
    });
    app.use(notFound());
    app.use(errorHandler);
    server = createHttpServer(app, silent, requestMs === undefined ? {} : { requestMs });
    connections = new Connections(server, 50);
    url = `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`;
  }

  beforeEach(() => open());

  afterEach(async () => {
    finish = undefined;
    await connections.end();
  });

  /** A connection that was kept alive after an answer. */
  async function keptAlive(): Promise<RawConnection> {
    const connection = openRaw(url);
    connection.socket.write(GET_NOTHING);
    await until(() => connection.received().includes('NOT_FOUND'), { what: 'the answer' });
    return connection;
  }

  it('keeps connections alive until it is told to let go', async () => {
    const connection = await keptAlive();

    connection.socket.write(GET_NOTHING);
    await until(() => connection.received().split('NOT_FOUND').length === 3, { what: 'the second answer' });

    expect(connection.received()).not.toMatch(/connection: close/i);
    expect(connection.socket.readableEnded).toBe(false);
  });

  it('takes requests after it was told to let go, and says that the connection ends with the answer', async () => {
    const old = await keptAlive();
    connections.letGo();
    const fresh = openRaw(url);

    for (const { socket } of [old, fresh]) socket.write(POST_ECHO + '{"a":1}');
    await Promise.all([old.closed, fresh.closed]);

    for (const connection of [old, fresh]) {
      expect(connection.received()).toMatch(/HTTP\/1.1 200 .*connection: close\r\n.*\{"a":1\}$/is);
    }
    expect(server.listening).toBe(true);
  });

  it('answers the request under way and then closes, also a connection that is kept alive', async () => {
    const connection = openRaw(url);
    connection.socket.write('GET /slow HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n');
    await until(() => finish, { what: 'the request to be under way' });

    const closed = connections.end();
    const inHand = connections.inHand();
    await once(server, 'close', { signal: AbortSignal.timeout(1) }).catch(() => undefined); // it waits for the answer
    finish?.();
    await Promise.all([closed, connection.closed]);

    expect(inHand).toEqual(['1 request']);
    expect(connections.inHand()).toEqual([]);
    expect(connection.received()).toMatch(/^HTTP\/1.1 200 .*connection: close/is);
    expect(connection.received()).toContain('{"done":true}');
  });

  it('waits for a body that is still arriving, for longer than for a connection on which nothing is asked', async () => {
    const [connection, mute] = [openRaw(url), openRaw(url)];
    connection.socket.write(POST_ECHO + '{"a"');
    await until(() => connections.inHand().length, { what: 'the request to be under way' });

    const closed = connections.end();
    await mute.closed;
    connection.socket.write(':1}');
    await Promise.all([closed, connection.closed]);

    expect(connection.received()).toMatch(/^HTTP\/1.1 200 .*\{"a":1\}$/is);
  });

  it('answers 408 when a body does not arrive within the time that requests have', async () => {
    await connections.end();
    await open(300);
    const connection = openRaw(url);
    connection.socket.write(POST_ECHO + '{"a"');
    await until(() => connections.inHand().length, { what: 'the request to be under way' });

    await connections.end();
    await connection.closed;

    expect(connection.received()).toMatch(/^HTTP\/1.1 408 /);
  });

  it('answers what has reached the machine when it ends, on new connections and on those kept alive', async () => {
    const all = [await keptAlive(), ...[1, 2, 3, 4, 5].map(() => openRaw(url))];
    await Promise.all(all.slice(1).map(({ socket }) => once(socket, 'connect')));
    for (const { socket } of all) {
      socket.write(POST_ECHO + '{"a":1}'); // is in the kernel when this returns, and nobody here has read it
    }

    await connections.end();
    await Promise.all(all.map(({ closed }) => closed));

    for (const connection of all) expect(connection.received()).toMatch(/HTTP\/1.1 200 .*\{"a":1\}$/is);
  });

  it('closes at once when connections are open on which nothing is asked', async () => {
    const connection = await keptAlive();

    await connections.end();
    await connection.closed;

    expect(server.listening).toBe(false);
  });
});
