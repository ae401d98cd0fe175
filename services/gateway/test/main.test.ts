import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createTestRedis, until } from '@bridgecore/devkit';
import { AUTHORIZED, flat, openRaw, push, pushHead } from './calls';
import { endGateways, GatewayProcess, linesOf, NOWHERE, startGateway, startReadyGateway } from './gateway-process';
import { OPERATOR_KEY, PUSH_KEY } from './test-keys';

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
