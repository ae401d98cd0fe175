import { createServer, Server } from 'node:http';
import { AddressInfo, connect } from 'node:net';
import { until } from '@bridgecore/devkit';
import { Check, closeServer, createMetrics, listen, probe, report, serveHealth, unreadyFrom } from '../src/index';

describe('report', () => {
  it.each([
    [{ redis: 'up', postgres: 'up' }, true, 'ready'],
    [{ redis: 'up', postgres: 'degraded' }, true, 'degraded'],
    [{ redis: 'down', postgres: 'degraded' }, false, 'not ready'],
    [{ redis: 'up', process: 'shutting down' }, false, 'not ready'],
  ] as const)('says of %j that ready is %s', (states, ready, status) => {
    const checks = Object.fromEntries(Object.entries(states).map(([name, state]) => [name, () => state]));

    expect(report(checks)).toEqual({ ready, status, checks: states });
  });
});

describe('serveHealth', () => {
  let state: ReturnType<Check> = 'up';
  let stuck: string[] = [];
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = serveHealth({ redis: () => state }, createMetrics('worker'), [{ stuck: () => stuck }]);
    url = `http://127.0.0.1:${await listen(server, 0, '127.0.0.1')}`;
  });

  afterAll(() => closeServer(server));

  it('is live also when it is not ready, and names what is down', async () => {
    state = 'down';

    const [live, ready] = await Promise.all([fetch(`${url}/health/live`), fetch(`${url}/health/ready`)]);

    expect([live.status, ready.status]).toEqual([200, 503]);
    expect(await ready.json()).toEqual({ status: 'not ready', checks: { redis: 'down' } });
    await live.text();
  });

  it('is live and not ready when the process ends, and says why', async () => {
    const begun = new AbortController();
    const checks: Record<string, Check> = { redis: () => 'up' };
    unreadyFrom(begun.signal, checks);
    const before = report(checks);

    begun.abort();

    expect(before).toEqual({ ready: true, status: 'ready', checks: { redis: 'up' } });
    const after = { redis: 'up', process: 'shutting down' };
    expect(report(checks)).toEqual({ ready: false, status: 'not ready', checks: after });
  });

  it('is not live while a watchdog finds a queue stuck', async () => {
    stuck = ['numbers'];

    const live = await fetch(`${url}/health/live`);

    expect([live.status, await live.json()]).toEqual([503, { status: 'stuck', queues: ['numbers'] }]);
    stuck = [];
  });

  it('is ready when everything is up', async () => {
    state = 'up';

    const ready = await fetch(`${url}/health/ready?verbose`);

    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', checks: { redis: 'up' } }]);
  });

  it('serves the metrics with the name of the service', async () => {
    const metrics = await fetch(`${url}/metrics`);

    expect(await metrics.text()).toMatch(/^process_cpu_seconds_total\{service="worker"\} \S+$/m);
  });

  it('answers JSON when there is nothing at the path', async () => {
    const nothing = await fetch(`${url}/`);

    expect([nothing.status, await nothing.json()]).toEqual([404, { detail: 'There is nothing here.' }]);
  });

  it('rejects when the port is taken', async () => {
    const { port } = server.address() as AddressInfo;

    await expect(listen(createServer(), port, '127.0.0.1')).rejects.toThrow('EADDRINUSE');
  });
});

describe('closeServer', () => {
  it('does not wait for a connection on which nothing was asked', async () => {
    const server = createServer();
    const port = await listen(server, 0, '127.0.0.1');
    const accepted = new Promise((resolve) => server.once('connection', resolve));
    const socket = connect(port, '127.0.0.1');
    await accepted;

    await closeServer(server, 50);

    await until(() => socket.destroyed || socket.readableEnded, { what: 'the end of the connection' });
    socket.destroy();
  });

  it('answers what is under way', async () => {
    let answer: () => void = () => undefined;
    const server = createServer((_req, res) => {
      answer = () => res.end('answered');
      server.emit('asked');
    });
    const port = await listen(server, 0, '127.0.0.1');
    const asked = new Promise((resolve) => server.once('asked', resolve));
    const response = fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } });
    await asked;

    const closed = closeServer(server);
    answer();

    expect(await (await response).text()).toBe('answered');
    await closed;
  });

  it('resolves when the server never listened', async () => {
    await expect(closeServer(createServer())).resolves.toBeUndefined();
  });
});

describe('probe', () => {
  it('follows what it asks, and takes a failure for down', async () => {
    let answers = (): Promise<boolean> => Promise.resolve(true);
    const probed = probe(() => answers(), 5);

    await until(probed.isUp, { what: 'up' });
    answers = () => Promise.reject(new Error('away'));
    await until(() => !probed.isUp(), { what: 'down' });
    answers = () => Promise.resolve(true);
    await until(() => probed.check() === 'up', { what: 'up again' });

    probed.stop();
  });

  it('is down while an answer hangs, and asks no second time', async () => {
    let asked = 0;
    let answer: (isUp: boolean) => void = () => undefined;
    const answers = (): Promise<boolean> => {
      asked += 1;
      return asked === 1 ? Promise.resolve(true) : new Promise((resolve) => (answer = resolve));
    };
    const probed = probe(answers, 5, 20);
    await until(probed.isUp, { what: 'up' });

    await until(() => !probed.isUp(), { what: 'down' });

    expect(asked).toBe(2);
    probed.stop();
    answer(true);
    await until(probed.isUp, { what: 'the late answer' });
  });
});
