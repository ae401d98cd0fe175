import { Server } from 'node:http';
import express from 'express';
import { listen, Log } from '@bridgecore/runtime';
import { Connections } from '../src/connections';
import { errorHandler, notFound } from '../src/error-handler';
import { createHttpServer } from '../src/http-server';
import { jsonBody } from '../src/json-body';
import { openRaw, RawConnection } from './calls';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} } as unknown as Log;

/** The body of the last answer on the connection. */
const problem = (connection: RawConnection): unknown =>
  JSON.parse(connection.received().split('\r\n\r\n').at(-1) ?? '');

describe('createHttpServer', () => {
  let server: Server;
  let connections: Connections;
  let url: string;

  beforeEach(async () => {
    const app = express();
    app.post('/echo', ...jsonBody(1_024), (req, res) => res.json(req.body));
    app.use(notFound());
    app.use(errorHandler);
    server = createHttpServer(app, silent, { requestMs: 300, checkEveryMs: 50 });
    connections = new Connections(server, 50);
    url = `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`;
  });

  afterEach(() => connections.end());

  it.each([
    ['what is no HTTP', 'HELO gateway\r\n\r\n', 400, 'REQUEST_INVALID'],
    [
      'two lengths',
      'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}',
      400,
      'REQUEST_INVALID',
    ],
    [
      'a length that is no number',
      'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: two\r\n\r\n{}',
      400,
      'REQUEST_INVALID',
    ],
    [
      'a chunk without a size',
      'POST /nowhere HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      400,
      'REQUEST_INVALID',
    ],
    [
      'headers of 20 KiB',
      `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'HEADERS_TOO_LARGE',
    ],
  ])('answers %s in problem+json', async (_, bytes, status, code) => {
    const connection = openRaw(url);

    connection.socket.write(bytes);
    await connection.closed;

    expect(connection.received()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(connection.received()).toMatch(/content-type: application\/problem\+json/i);
    expect(problem(connection)).toMatchObject({ status, code, request_id: expect.any(String) as string });
  });

  it.each([
    ['body', 'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":'],
    [
      'chunked body',
      'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n',
    ],
    ['header', 'POST /echo HTTP/1.1\r\nHost: a\r\nContent-'],
  ])('answers 408 and closes when a %s trickles in', async (_, beginning) => {
    const connection = openRaw(url);

    connection.socket.write(beginning);
    await connection.closed;

    expect(connection.received()).toMatch(/^HTTP\/1.1 408 /);
    expect(problem(connection)).toMatchObject({ status: 408, code: 'REQUEST_TIMEOUT' });
  });

  it('goes on when an upload is broken off', async () => {
    const connection = openRaw(url);

    connection.socket.write(
      'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"a"',
    );
    connection.socket.once('connect', () => connection.socket.destroy());
    await connection.closed;

    const response = await fetch(`${url}/echo`, {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    });
    expect(await response.json()).toEqual({ a: 1 });
  });

  it('answers 400 when more follows than the length says', async () => {
    const connection = openRaw(url);

    connection.socket.write(
      'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}{"more":1}',
    );
    await connection.closed;

    expect(problem(connection)).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
  });

  it('closes the connection when a body that was refused does not end', async () => {
    const connection = openRaw(url);

    connection.socket.write('POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n{}');
    await connection.closed;

    expect(connection.received()).toMatch(/^HTTP\/1.1 (404|408) /);
  });
});
