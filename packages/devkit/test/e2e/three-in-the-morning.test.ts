import { Redis } from 'ioredis';
import { FakeOdoo } from '../../src/fake-odoo/index';
import type { JsonObject } from '../../src/fake-odoo/json-write';
import { freePort } from '../../src/stack/free-port';
import type { Stack } from '../../src/stack/stack';
import { startOwnStack } from '../../src/test-stores';
import { until } from '../../src/until';
import { cli, type CliEnvironment, cliJson, type CliRun } from './cli-process';
import { type Hub, ODOO_KEY, OPERATOR_KEY, PUSH_KEY, startHub } from './hub';

interface Story {
  readonly verdict: { readonly code: string };
  readonly findings: readonly { readonly code: string }[];
}

const HOUR_MS = 3_600_000;

/**
 * A customer asks why an order has not arrived. Somebody who has never seen the system asks the command line, reads what
 * it says, and does that. Nothing is pulled unless somebody asks, so that what keeps an order away is the planted fault.
 */
describe('somebody who has never seen the system finds why an order has not arrived, and mends it:', () => {
  let stack: Stack;
  let redis: Redis;
  let odoo: FakeOdoo;
  let hub: Hub;
  let env: CliEnvironment;
  let clockOffMs = 0;
  let lastOrder = 0;

  beforeAll(async () => {
    const [started, port] = await Promise.all([startOwnStack(), freePort()]);
    stack = started;
    redis = new Redis(stack.redisUrl);
    odoo = new FakeOdoo({ apiKey: ODOO_KEY, gapRate: 0, now: () => new Date(Date.now() + clockOffMs) });
    const odooUrl = await odoo.listen();
    const shared = { ODOO_SYNC_INTERVAL_SECONDS: '3600', CONNECTION_CHECK_SECONDS: '2', ODOO_BREAKER_SECONDS: '1' };
    hub = await startHub({ ...stack, odooUrl, port, env: shared });
    env = {
      ...{ BRIDGECORE_URL: hub.operatorUrl, BRIDGECORE_PUSH_URL: hub.gatewayUrl },
      ...{ OPERATOR_API_KEY: OPERATOR_KEY, WEBHOOK_PUSH_API_KEY: PUSH_KEY },
      ...{ REDIS_URL: stack.redisUrl, DATABASE_URL: stack.databaseUrl },
      ...{ ODOO_URL: odooUrl, ODOO_WEBHOOK_API_KEY: ODOO_KEY, ...shared },
    };
    await until(async () => (await hub.rows('select 1 from pull_cursors where succeeded_at is not null')).length > 0, {
      what: 'the first pull',
    });
  }, 90_000);

  afterAll(async () => {
    await redis.quit();
    await odoo.close();
    await hub.stop();
    await stack.stop();
  }, 30_000);

  /** Somebody confirms an order in Odoo; its id is what the customer names. */
  function confirmOrder(fields: JsonObject = {}): string {
    lastOrder += 1;
    const name = `S${String(lastOrder).padStart(5, '0')}`;
    odoo.commit({ model: 'sale.order', recordId: lastOrder, operation: 'write', fields: { name, ...fields } });
    return String(lastOrder);
  }

  /** A push as the addon sends it inside the user's click, with what its subscriber has for a token. */
  async function push(order: string, token = PUSH_KEY): Promise<number> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = { model: 'sale.order', record_id: Number(order), event: 'write', event_id: `p-${order}`, data: {} };
    return (await fetch(hub.pushUrl, { method: 'POST', headers, body: JSON.stringify(body) })).status;
  }

  const run = (...args: string[]): Promise<CliRun> => cli(args, env);
  const doctorIsContent = async (): Promise<CliRun | null> => {
    const doctor = await run('doctor');
    return doctor.code === 0 ? doctor : null;
  };
  const why = (order: string): Promise<CliRun> => run('why', 'sale.order', order);
  const arrived = async (order: string): Promise<Story & { readonly code: number | null }> => {
    const { code, json } = await cliJson<Story>(['why', 'sale.order', order], env);
    return { code, ...json };
  };
  const RECORDED = { code: 0, verdict: { code: 'RECORDED' } };

  it('Odoo has another key than BridgeCore', async () => {
    odoo.setApiKey('set anew by an administrator');
    const order = confirmOrder();
    const pulled = await run('pull', 'odoo');

    const told = await why(order);
    const doctor = await run('doctor');

    expect(pulled.code).toBe(1);
    expect(told.code).toBe(1);
    expect(told.stdout).toMatch(new RegExp(`^✗ Nothing of sale\\.order ${order} has arrived`));
    expect(told.stdout).toMatch(/refuses the key of its pull API/);
    expect(told.stdout).toContain('system parameter `webhook.api_key`');
    expect(doctor).toMatchObject({ code: 1, stdout: expect.stringMatching(/✗ Odoo odoo +key refused/) as string });
    odoo.setApiKey(ODOO_KEY); // as the hint says
    expect(await run('pull', 'odoo')).toMatchObject({ code: 0 });
    expect(await arrived(order)).toMatchObject(RECORDED);
  }, 90_000);

  it('the subscriber in Odoo has no token', async () => {
    const order = confirmOrder();
    expect(await push(order, 'False')).toBe(401);

    const told = await why(order);

    expect(told.code).toBe(1);
    expect(told.stdout).toMatch(/subscriber in Odoo has no token/);
    expect(await push(order)).toBe(200); // as the hint says
    await until(async () => (await arrived(order)).code === 0, { what: 'the push to be recorded' });
  }, 90_000);

  it('its payload is poison', async () => {
    const order = confirmOrder({ note: 'a \u0000 that PostgreSQL does not store' });
    await run('pull', 'odoo');

    const told = await why(order);
    const [, letter = ''] = /bridgecore dead-letters show (\d+)/.exec(told.stdout) ?? [];
    const shown = await run('dead-letters', 'show', letter);

    expect(told.code).toBe(1);
    expect(told.stdout).toMatch(/could not be recorded \(22P05\)/);
    expect(shown).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('that PostgreSQL does not store') as string,
    });
    const replayed = await run('dead-letters', 'replay', letter); // does not help as long as the order is as it is
    expect(replayed.code).toBe(0);
    await until(async () => attemptsOf(letter).then((attempts) => attempts > 1), { what: 'the replay to fail again' });
    odoo.commit({ model: 'sale.order', recordId: Number(order), operation: 'write', fields: { note: 'mended' } });
    await run('pull', 'odoo');
    await run('dead-letters', 'discard', letter, '--reason', 'mended in Odoo');
    expect(await arrived(order)).toMatchObject(RECORDED);
  }, 90_000);

  async function attemptsOf(letter: string): Promise<number> {
    const [row] = await hub.rows<{ attempts: number }>(`select attempts from dead_letters where id = ${letter}`);
    return row?.attempts ?? 0;
  }

  it('Odoo is down', async () => {
    const order = confirmOrder();
    const { port } = new URL(odoo.url);
    await odoo.close();
    const pulled = await run('pull', 'odoo');

    const told = await why(order);
    const doctor = await run('doctor');

    expect(pulled.code).toBe(1);
    expect(told.code).toBe(1);
    expect(told.stdout).toMatch(/odoo is away/);
    expect(told.stdout).toContain(`http://127.0.0.1:${port}`);
    expect(doctor).toMatchObject({ code: 1, stdout: expect.stringMatching(/✗ Odoo odoo/) as string });
    await odoo.listen(Number(port));
    await until(async () => (await run('pull', 'odoo')).code === 0, { what: 'a pull', timeoutMs: 30_000 });
    expect(await arrived(order)).toMatchObject(RECORDED);
  }, 90_000);

  it('Redis evicts', async () => {
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await until(async () => (await push('9999')) === 503, { what: 'the gateway to notice', timeoutMs: 15_000 });
    const order = confirmOrder();
    expect(await push(order)).toBe(503);

    const told = await why(order);
    const doctor = await run('doctor');

    expect(told.code).toBe(1);
    expect(told.stdout).toContain('maxmemory-policy allkeys-lru');
    expect(doctor).toMatchObject({ code: 1, stdout: expect.stringMatching(/✗ Redis.*allkeys-lru/) as string });
    const [, setting = ''] = /redis-cli config set (maxmemory-policy noeviction)/.exec(told.stdout) ?? [];
    await redis.config('SET', ...(setting.split(' ') as [string, string]));
    expect(await run('pull', 'odoo')).toMatchObject({ code: 0 });
    expect(await arrived(order)).toMatchObject(RECORDED);
    expect(doctor.stdout).toMatch(/– test push +skipped: the gateway takes none now/);
    const mended = await until(doctorIsContent, { what: 'doctor to find all well', timeoutMs: 30_000 });
    expect(mended.stdout).toMatch(/✓ test push +pushed, accepted in .* recorded as event \d+/);
  }, 90_000);

  it('the clock of Odoo is two hours late', async () => {
    const since = new Date(Date.now() - HOUR_MS).toISOString();
    const lately = async (): Promise<string> => (await run('events', '--since', since, '--model', 'sale.order')).stdout;
    clockOffMs = -2 * HOUR_MS;
    const order = confirmOrder();
    await run('pull', 'odoo');
    const isSeen = async (): Promise<boolean> => {
      const { findings } = await arrived(order);
      return findings.some(({ code }) => code === 'CLOCK_SKEWED');
    };
    await until(isSeen, { what: 'a connection check', timeoutMs: 15_000 });

    const [told, doctor, before] = [await why(order), await run('doctor'), await lately()];

    expect(before).not.toMatch(new RegExp(`sale\\.order ${order}\\b`)); // who looks for what is new does not see it
    expect(told.stdout).toMatch(/clock.*2 hours behind/);
    expect(doctor.stdout).toMatch(/Odoo odoo .*clock 2 h behind/);
    clockOffMs = 0;
    const next = confirmOrder();
    await run('pull', 'odoo');
    expect(await lately()).toMatch(new RegExp(`sale\\.order ${next}\\b`));
  }, 90_000);

  it('PostgreSQL is away, and nothing is lost', async () => {
    await stack.postgres.kill();
    const order = confirmOrder();
    expect(await push(order)).toBe(200);
    const isTold = async (): Promise<CliRun | null> => {
      const told = await why(order);
      return told.stdout.includes('PostgreSQL') ? told : null;
    };

    const told = await until(isTold, { what: 'the gateway to notice', timeoutMs: 15_000 });
    const [list, doctor] = [await run('events', '--json'), await run('doctor')];

    expect(told).toMatchObject({ code: 1, stdout: expect.stringMatching(/^! /) as string }); // it cannot be told
    expect(list).toMatchObject({ code: 69, stdout: '' });
    expect(JSON.parse(list.stderr)).toMatchObject({ error: { code: 'DATABASE_UNAVAILABLE', exit_code: 69 } });
    expect(doctor).toMatchObject({ code: 1, stdout: expect.stringMatching(/✗ PostgreSQL/) as string });
    await stack.postgres.start();
    await until(async () => (await why(order)).code === 0, { what: 'the push to be recorded', timeoutMs: 45_000 });
  }, 120_000);

  it('Redis is away, and the gateway says so', async () => {
    await stack.redis.kill();
    const order = confirmOrder();
    const isRefused = async (): Promise<CliRun | null> => {
      const doctor = await run('doctor');
      return doctor.stdout.includes('✗ gateway') ? doctor : null;
    };

    const doctor = await until(isRefused, { what: 'the gateway to be not ready', timeoutMs: 30_000 });
    const [told, queues] = [await why(order), await run('queues')];

    expect(doctor.stdout).toMatch(/✗ Redis +cannot be reached/);
    expect(told).toMatchObject({ code: 1, stdout: expect.stringContaining('Redis cannot be reached') as string });
    expect(queues).toMatchObject({ code: 69, stdout: '' });
    await stack.redis.start();
    await until(async () => (await run('pull', 'odoo')).code === 0, { what: 'a pull', timeoutMs: 45_000 });
    expect(await arrived(order)).toMatchObject(RECORDED);
  }, 120_000);
});
