import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createTestRedis, until } from '@bridgecore/devkit';
import { AUTHORIZED, call, flat, get, openRaw, push, pushHead } from './calls';
import { endGateways, GatewayProcess, linesOf, NOWHERE, startGateway, startReadyGateway } from './gateway-process';
import { OPERATOR_KEY, PUSH_KEY } from './test-keys';
import { tokenJwk } from './token-keys';

const AWAY = { REDIS_URL: 'redis://127.0.0.1:9', DATABASE_URL: NOWHERE };

/** A gateway that is ready, on a Redis database of its own. */
async function startReady(different: Record<string, string> = {}): Promise<GatewayProcess & { redisUrl: string }> {
  const { url: redisUrl } = await createTestRedis();
  return { ...(await startReadyGateway({ REDIS_URL: redisUrl, DATABASE_URL: NOWHERE, ...different })), redisUrl };
}

describe('the gateway as a process', () => {
  afterEach(endGateways);

  it('names every error of its configuration at once, hides secrets, and exits with 78', async () => {
    const gateway = startGateway({
      ...{ REDIS_URL: 'http://user:redis-secret@host', PORT: 'eighty', LOG_LEVEL: 'loud', ODOO_SYSTEM_ID: 'My Odoo' },
      ...{
        WEBHOOK_PUSH_API_KEY: 'too-short-secret',
        OPERATOR_API_KEY: 'short-secret',
        WEBHOOK_RATE_LIMIT_PER_MINUTE: '0',
      },
    });

    const code = await gateway.exit;

    expect(code).toBe(78);
    for (const expected of [
      ...[
        /REDIS_URL is \(hidden\)/,
        /DATABASE_URL is not set/,
        /PORT is "eighty"/,
        /LOG_LEVEL is "loud": .*error, warn/,
      ],
      ...[
        /ODOO_SYSTEM_ID is "My Odoo"/,
        /WEBHOOK_PUSH_API_KEY is \(hidden\): must be at least 32/,
        /OPERATOR_API_KEY is \(hidden\)/,
      ],
      /WEBHOOK_RATE_LIMIT_PER_MINUTE is "0"/,
    ]) {
      expect(gateway.errors()).toMatch(expected);
    }
    expect(gateway.errors() + gateway.output()).not.toMatch(/secret/);
  });

  it('does not start open: without a key that may push it exits with 78', async () => {
    const gateway = startGateway(AWAY);

    const code = await gateway.exit;

    expect(code).toBe(78);
    expect(gateway.errors()).toMatch(/WEBHOOK_PUSH_API_KEY is not set/);
  });

  it('takes keys from a file and secrets from files of their own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
    writeFileSync(join(folder, 'push'), `${PUSH_KEY}\n`);
    writeFileSync(join(folder, 'keys.json'), '{"keys": []}');

    const gateway = await startReady({
      ...{ WEBHOOK_PUSH_API_KEY: '', WEBHOOK_PUSH_API_KEY_FILE: join(folder, 'push') },
      API_KEYS_FILE: join(folder, 'keys.json'),
    });
    const { status } = await push(gateway, flat());
    rmSync(folder, { recursive: true });

    expect(status).toBe(200);
  });

  it('exits with 78 and says what is wrong with the file of keys', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
    writeFileSync(join(folder, 'keys.json'), JSON.stringify({ keys: [{ id: 'shop', key: 'plain-secret' }] }));

    const gateway = startGateway({
      ...AWAY,
      API_KEYS_FILE: join(folder, 'keys.json'),
    });
    const code = await gateway.exit;
    rmSync(folder, { recursive: true });

    expect(code).toBe(78);
    expect(gateway.errors()).toMatch(/keys\.0 has key; there are only id, name, sha256/);
    expect(gateway.errors()).not.toMatch(/plain-secret/);
  });

  it('makes tokens with the keys of a file, and takes them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
    writeFileSync(join(folder, 'tokens.json'), JSON.stringify({ keys: [tokenJwk('k1')] }));
    const gateway = await startReady({ TOKEN_KEYS_FILE: join(folder, 'tokens.json') });

    const made = await call(`${gateway.url}/api/v1/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${OPERATOR_KEY}` },
      body: '{"user_id": 7, "device_id": "d-1", "app_type": "sales"}',
    });
    const feed = await get(`${gateway.url}/api/v1/feed`, String(made.body['token']));
    rmSync(folder, { recursive: true });

    expect(made.status).toBe(201);
    expect([feed.status, feed.body['code']]).toEqual([503, 'DATABASE_UNAVAILABLE']); // it was let through
    expect(gateway.errors()).toBe('');
  });

  it('exits with 78 and says what is wrong with the file of token keys, but no key', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
    const { d, ...bad } = { ...tokenJwk('k1'), alg: 'RS256' } as Record<string, unknown>;
    writeFileSync(join(folder, 'tokens.json'), JSON.stringify({ keys: [{ ...bad, d }] }));

    const files = { TOKEN_KEYS_FILE: join(folder, 'tokens.json') };
    const gateway = startGateway({ ...AWAY, WEBHOOK_PUSH_API_KEY: PUSH_KEY, ...files });
    const code = await gateway.exit;
    rmSync(folder, { recursive: true });

    expect(code).toBe(78);
    expect(gateway.errors()).toMatch(/TOKEN_KEYS_FILE .*tokens\.json: keys\.0 must have "alg": "EdDSA"/);
    expect(gateway.errors()).not.toContain(String(d));
  });

  it('exits with 78 and says what is wrong with the keys of secrets, but no key, or with networks', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
    const key = { kty: 'oct', alg: 'A256GCM', kid: '2026', k: 'short-secret' };
    writeFileSync(join(folder, 'secrets.json'), JSON.stringify({ keys: [key] }));
    const given = { ...AWAY, WEBHOOK_PUSH_API_KEY: PUSH_KEY };

    const gateways = [
      startGateway({ ...given, SECRET_KEYS_FILE: join(folder, 'secrets.json') }),
      startGateway({ ...given, NOTIFY_ALLOWED_NETWORKS: '10.1.0.0/99' }),
    ];
    const codes = await Promise.all(gateways.map(({ exit }) => exit));
    rmSync(folder, { recursive: true });

    expect(codes).toEqual([78, 78]);
    expect(gateways[0]?.errors()).toMatch(/SECRET_KEYS_FILE .*secrets\.json: keys\.0 must have "k", 32 bytes/);
    expect(gateways[0]?.errors()).not.toContain('short-secret');
    expect(gateways[1]?.errors()).toMatch(/NOTIFY_ALLOWED_NETWORKS has "10\.1\.0\.0\/99"/);
  });

  it('answers the request under way on SIGTERM, and exits with 0', async () => {
    const gateway = await startReady();
    const body = JSON.stringify(flat());
    const connection = openRaw(gateway.url);
    connection.socket.write(pushHead(AUTHORIZED, `Content-Length: ${body.length}`) + body.slice(0, 10));
    await until(() => isCounted(gateway.redisUrl), { what: 'the request to be under way' });

    gateway.child.kill('SIGTERM');
    await until(() => gateway.output().includes('shutdown.started'), { what: 'the shutdown to begin' });
    connection.socket.write(body.slice(10));
    const code = await gateway.exit;
    await connection.closed;

    expect(connection.received()).toMatch(/^HTTP\/1.1 200 /);
    expect(code).toBe(0);
    expect(linesOf(gateway).map(({ message }) => message)).toContain('shutdown.done');
  });

  it('says on SIGTERM that it is not ready, goes on serving for the delay, and lets go of connections', async () => {
    const gateway = await startReady({ SHUTDOWN_DELAY_SECONDS: '3' });
    const idle = openRaw(gateway.url);
    idle.socket.write('GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => idle.received().endsWith('}'), { what: 'a connection that is kept alive' });

    gateway.child.kill('SIGTERM');
    const unready = await until(
      async () => {
        const answer = await get(`${gateway.url}/health/ready`);
        return answer.status === 503 ? answer : null;
      },
      { what: 'readiness to fail' },
    );
    const [live, operators] = await Promise.all([
      get(`${gateway.url}/health/live`),
      get(`${gateway.operatorUrl}/health/ready`),
    ]);
    const pushed = await push(gateway, flat());
    const body = JSON.stringify(flat());
    idle.socket.write(pushHead(AUTHORIZED, `Content-Length: ${body.length}`) + body);
    await idle.closed;
    const isServing = !gateway.output().includes('shutdown.draining');
    const code = await gateway.exit;

    const checks = { redis: 'up', postgres: 'degraded', process: 'shutting down' };
    expect([unready.body, operators.body]).toEqual([1, 2].map(() => ({ status: 'not ready', checks })));
    expect([live.status, pushed.status, operators.status]).toEqual([200, 200, 503]);
    expect([live, pushed, operators].map(({ headers }) => headers.get('connection'))).toEqual(
      [1, 2, 3].map(() => 'close'),
    );
    expect(idle.received()).toMatch(/HTTP\/1.1 200 (?:(?!HTTP).)*keep-alive.*HTTP\/1.1 200 .*connection: close/is);
    expect([isServing, code]).toEqual([true, 0]);
    const [started] = linesOf(gateway).filter(({ message }) => message === 'shutdown.started');
    expect(started).toMatchObject({ reason: 'SIGTERM', delay_seconds: 3 });
  });

  it('answers what had arrived before it ended, also what it had not read yet', async () => {
    const gateway = await startReady();
    const body = JSON.stringify(flat());
    const request = pushHead(AUTHORIZED, `Content-Length: ${body.length}`) + body;
    const kept = openRaw(gateway.url);
    kept.socket.write('GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => kept.received().endsWith('}'), { what: 'a connection that is kept alive' });

    gateway.child.kill('SIGSTOP');
    const fresh = [1, 2, 3, 4, 5].map(() => openRaw(gateway.url));
    await Promise.all(fresh.map(({ socket }) => once(socket, 'connect')));
    for (const { socket } of [kept, ...fresh]) socket.write(request);
    gateway.child.kill('SIGTERM');
    gateway.child.kill('SIGCONT');
    const code = await gateway.exit;
    await Promise.all([kept, ...fresh].map(({ closed }) => closed));

    for (const connection of [kept, ...fresh]) {
      expect(connection.received()).toMatch(/HTTP\/1.1 200 (?:(?!HTTP).)*"accepted":1/s);
    }
    expect(code).toBe(0);
  });

  it('exits with 0 although its stores are away', async () => {
    const gateway = startGateway({
      ...AWAY,
      PORT: '0',
      OPERATOR_PORT: '0',
      WEBHOOK_PUSH_API_KEY: PUSH_KEY,
      LOG_FORMAT: 'json',
    });
    await until(() => gateway.output().includes('gateway.started'), {
      what: 'the gateway to start',
      timeoutMs: 20_000,
    });

    gateway.child.kill('SIGTERM');

    expect(await gateway.exit).toBe(0);
  });

  it('writes no secret to its log, whatever happens to it', async () => {
    const gateway = await startReady({ LOG_LEVEL: 'debug' });
    const data = { access_token: 'portal-secret', name: 'customer-name' };

    await push(gateway, flat({ data }));
    await push(gateway, flat({ data, model: 'bad model' }));
    await push(gateway, flat({ data }), { authorization: 'Bearer wrong-secret' });
    await push(gateway, `{"access_token": "portal-secret`);
    await until(() => linesOf(gateway).filter(({ message }) => message === 'request.done').length >= 4, {
      what: 'the lines',
    });

    expect(gateway.output() + gateway.errors()).not.toMatch(/secret|customer-name/);
    expect(gateway.output()).not.toContain(PUSH_KEY);
    expect(gateway.output()).not.toContain(OPERATOR_KEY);
  });
});

/** The limiter counts a request before its body is there. */
async function isCounted(redisUrl: string): Promise<boolean> {
  const redis = new Redis(redisUrl);
  const keys = await redis.keys('*limit*').finally(() => redis.quit());
  return keys.length > 0;
}
