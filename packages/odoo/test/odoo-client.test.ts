import { createServer, Server } from 'node:http';
import { FakeOdoo, Fault } from '@bridgecore/devkit';
import { createOdooClient, OdooClient } from '../src/odoo-client';
import { OdooTrouble } from '../src/odoo-failure';

const KEY = 'odoo-key';
let odoo: FakeOdoo;
let client: OdooClient;

beforeAll(async () => {
  odoo = new FakeOdoo({ apiKey: KEY, gapRate: 0 });
  client = createOdooClient({ url: await odoo.listen(), apiKey: KEY, timeoutMs: 300 });
  odoo.makeEvents(5);
});
afterAll(() => odoo.close());
afterEach(() => {
  odoo.setFaults([]);
});

describe('the Odoo client', () => {
  it('reads a page of any priority and says whether there is more', async () => {
    const first = await client.pull(0, 3);
    const second = await client.pull(3, 3);

    expect([first.rows.length, first.hasMore]).toEqual([3, true]);
    expect([second.rows.length, second.hasMore]).toEqual([2, false]);
  });

  it.each<[string, Fault]>([
    ['answers 500 with HTML', { status: 500 }],
    ['answers 503', { status: 503 }],
    ['answers 429', { status: 429, retryAfter: 3 }],
    ['resets the connection', { reset: true }],
    ['never answers', { hang: true }],
    ['answers 200 with success and an error', { errorText: 'database is locked' }],
  ])('says that Odoo is unavailable when it %s', async (_, fault) => {
    odoo.setFaults(fault);

    await expect(client.pull(0, 3)).rejects.toMatchObject({ code: 'ODOO_UNAVAILABLE', retry: true });
  });

  it.each<[string, Fault, OdooTrouble]>([
    ['500 with HTML', { status: 500 }, 'failed'],
    ['502', { status: 502 }, 'overloaded'],
    ['503', { status: 503 }, 'overloaded'],
    ['504', { status: 504 }, 'overloaded'],
    ['429', { status: 429 }, 'limited'],
    ['403', { status: 403 }, 'denied'],
    ['400', { status: 400 }, 'refused'],
    ['a reset', { reset: true }, 'unreachable'],
    ['silence', { hang: true }, 'timeout'],
    ['200 with an error', { errorText: 'database is locked' }, 'failed'],
  ])('tells what the trouble is: %s', async (_, fault, trouble) => {
    odoo.setFaults(fault);

    await expect(client.pull(0, 3)).rejects.toMatchObject({ trouble });
  });

  it('does not pass on our key when Odoo says it in its failure, not even where its words are cut', async () => {
    odoo.setFaults({ errorText: `${'x'.repeat(284)} the key ${KEY} is not what it was` });

    const failure = await client.pull(0, 3).catch((error: unknown) => String(error));

    expect(failure).toMatch(/xxx the key/);
    expect(failure).not.toContain(KEY.slice(0, 4));
  });

  it.each([429, 503])('passes on when to come back after %p', async (status) => {
    odoo.setFaults({ status, retryAfter: 7 });

    await expect(client.pull(0, 3)).rejects.toMatchObject({ retryAfterSeconds: 7 });
  });

  it('breaks a call off at once when it is told to, and does not begin one after that', async () => {
    const patient = createOdooClient({ url: odoo.url, apiKey: KEY, timeoutMs: 600_000 });
    odoo.setFaults({ hang: true });
    const stop = new AbortController();
    const calls = [patient.pull(0, 3, stop.signal), patient.acknowledge([1], stop.signal)];

    stop.abort();

    for (const call of [...calls, patient.pull(0, 3, stop.signal)]) {
      await expect(call).rejects.toMatchObject({ trouble: 'aborted' });
    }
  });

  it('says that Odoo is unavailable when nobody listens', async () => {
    const nobody = createOdooClient({ url: 'http://127.0.0.1:1', apiKey: KEY, timeoutMs: 300 });

    await expect(nobody.pull(0, 3)).rejects.toMatchObject({ code: 'ODOO_UNAVAILABLE', trouble: 'unreachable' });
  });

  it('tells what to check when the key is wrong, without telling the key', async () => {
    const stranger = createOdooClient({ url: odoo.url, apiKey: 'wrong-key', timeoutMs: 300 });

    const failure = await stranger.pull(0, 3).catch((error: unknown) => error as Error & { code: string });

    expect(failure).toMatchObject({ code: 'ODOO_REFUSED', retry: false });
    expect((failure as Error).message).toMatch(/401.*ODOO_WEBHOOK_API_KEY/);
    expect(JSON.stringify(failure) + String((failure as Error).stack)).not.toContain('wrong-key');
  });

  it('is refused by a page that is not JSON, and by an acknowledgement that is not taken', async () => {
    odoo.setFaults({ path: 'pull', notJson: true });
    await expect(client.pull(0, 3)).rejects.toMatchObject({ code: 'ODOO_REFUSED' });

    odoo.setFaults({ path: 'mark-processed', refuseIds: 'all' });
    await expect(client.acknowledge([1])).rejects.toMatchObject({ code: 'ODOO_UNAVAILABLE' });
  });

  describe('with a server that is no Odoo', () => {
    let server: Server;
    let reply: { status?: number; headers?: Record<string, string>; body?: string };
    let url: string;

    beforeAll(async () => {
      server = createServer((_req, res) => res.writeHead(reply.status ?? 200, reply.headers).end(reply.body));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    });
    afterAll(() => new Promise((resolve) => server.close(resolve)));

    it('gives up a body that would fill the memory, and says that it is the size', async () => {
      reply = { body: 'x'.repeat(65 * 1024 * 1024) };
      const stranger = createOdooClient({ url, apiKey: KEY, timeoutMs: 20_000 });

      await expect(stranger.pull(0, 3)).rejects.toMatchObject({ trouble: 'too_large' });
    });

    it('tells how large a page was', async () => {
      reply = { body: '{"events": [], "has_more": false}' };
      const stranger = createOdooClient({ url, apiKey: KEY, timeoutMs: 300 });

      expect(await stranger.pull(0, 3)).toEqual({ rows: [], hasMore: false, bytes: 33 });
    });

    it('does not wait for a body that trickles in for ever', async () => {
      const trickle = createServer((_req, res) => {
        const timer = setInterval(() => res.write(' '), 20);
        res.on('close', () => {
          clearInterval(timer);
        });
      });
      await new Promise<void>((resolve) => trickle.listen(0, '127.0.0.1', resolve));
      const { port } = trickle.address() as { port: number };
      const stranger = createOdooClient({ url: `http://127.0.0.1:${port}`, apiKey: KEY, timeoutMs: 300 });

      await expect(stranger.pull(0, 3)).rejects.toMatchObject({ trouble: 'timeout' });
      await new Promise((resolve) => trickle.close(resolve));
    });

    it.each([
      ['redirects elsewhere', { status: 302, headers: { location: 'http://169.254.169.254/' } }, /302/],
      ['has no events in its page', { body: '{"success":true}' }, /nothing for events/],
      ['answers with a list', { body: '[]' }, /without JSON/],
      ['knows no such path', { status: 404, body: '<html>' }, /auto_webhook addon is installed/],
    ])('says so when it %s', async (_, given, message) => {
      reply = given;
      const stranger = createOdooClient({ url, apiKey: KEY, timeoutMs: 300 });

      await expect(stranger.pull(0, 3)).rejects.toMatchObject({ code: 'ODOO_REFUSED' });
      await expect(stranger.pull(0, 3)).rejects.toThrow(message);
    });
  });
});
