import { Redis } from 'ioredis';
import { FakeOdoo } from '../../src/fake-odoo/index';
import { freePort } from '../../src/stack/free-port';
import { type Stack } from '../../src/stack/stack';
import { startOwnStack } from '../../src/test-stores';
import { until } from '../../src/until';
import { cli, type CliEnvironment, type CliRun } from './cli-process';
import { type Hub, ODOO_KEY, OPERATOR_KEY, PUSH_KEY, startHub } from './hub';

/** Somebody who has never seen the system asks why a sale order has not arrived, and does what the answer says. */
describe('why a sale order has not arrived, and how that is mended', () => {
  let stack: Stack;
  let odoo: FakeOdoo;
  let hub: Hub;
  let env: CliEnvironment;
  let skewMs = 0;

  beforeAll(async () => {
    stack = await startOwnStack();
    const port = await freePort();
    odoo = new FakeOdoo({ apiKey: ODOO_KEY, seed: 5, now: () => new Date(Date.now() + skewMs) });
    const odooUrl = await odoo.listen();
    const { redisUrl, databaseUrl } = stack;
    hub = await startHub({ redisUrl, databaseUrl, odooUrl, port, env: { CONNECTION_CHECK_SECONDS: '1' } });
    env = {
      ...{ BRIDGECORE_URL: hub.operatorUrl, BRIDGECORE_PUSH_URL: hub.gatewayUrl },
      ...{ OPERATOR_API_KEY: OPERATOR_KEY, WEBHOOK_PUSH_API_KEY: PUSH_KEY },
      ...{ REDIS_URL: redisUrl, DATABASE_URL: databaseUrl, ODOO_URL: odooUrl, ODOO_WEBHOOK_API_KEY: ODOO_KEY },
      ...{ ODOO_SYNC_INTERVAL_SECONDS: '1' },
    };
  }, 120_000);

  afterAll(async () => {
    await odoo.close();
    await hub.stop();
    await stack.stop();
  }, 60_000);

  const change = (recordId: number, name = `S${recordId}`): void => {
    odoo.commit({ model: 'sale.order', recordId, operation: 'write', fields: { name } });
  };
  const why = (recordId: number): Promise<CliRun> => cli(['why', 'sale.order', String(recordId)], env);
  /** Asks again until the answer says this, for it rests on runs and checks that come every second. */
  const answer = (recordId: number, said: RegExp): Promise<CliRun> => {
    const ask = async (): Promise<CliRun | null> => {
      const run = await why(recordId);
      return said.test(run.stdout) ? run : null;
    };
    return until(ask, { what: `why to say ${String(said)}`, timeoutMs: 60_000, intervalMs: 500 });
  };

  it('another key in Odoo', async () => {
    odoo.setApiKey('somebody has changed it');
    change(1);

    const broken = await answer(1, /✗ .*key/);
    const doctor = await cli(['doctor', '--no-push'], env);
    odoo.setApiKey(ODOO_KEY);
    const mended = await answer(1, /^✓ sale.order 1 is recorded/);

    expect(broken).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^✗ Nothing of sale.order 1 has/) as string,
    });
    expect(broken.stdout).toMatch(/webhook\.api_key/);
    expect(doctor).toMatchObject({ code: 1, stdout: expect.stringMatching(/✗ Odoo odoo +key refused/) as string });
    expect(mended.code).toBe(0);
  }, 150_000);

  it('an Odoo that is down', async () => {
    odoo.setFaults({ reset: true });
    change(2);

    const broken = await answer(2, /✗ .*(cannot be reached|away)/);
    const doctor = await cli(['doctor', '--no-push'], env);
    odoo.setFaults([]);
    await answer(2, /^✓ sale.order 2 is recorded/);

    expect(broken).toMatchObject({ code: 1, stdout: expect.stringContaining('odoo') as string });
    expect(doctor).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/✗ Odoo odoo +cannot be reached/) as string,
    });
  }, 150_000);

  it('a payload that PostgreSQL does not take', async () => {
    change(3, 'poison\u0000');

    const broken = await answer(3, /dead letter \d+/);
    const [, id = ''] = /dead letter (\d+)/.exec(broken.stdout) ?? [];
    const shown = await cli(['dead-letters', 'show', id], env);
    await cli(['dead-letters', 'discard', id, '--reason', 'the name was mended in Odoo'], env);
    change(3, 'S3');
    await answer(3, /^✓ sale.order 3 is recorded/);

    expect(broken).toMatchObject({ code: 1, stdout: expect.stringContaining('bridgecore dead-letters') as string });
    expect(shown.stdout).toMatch(/22P05/);
  }, 150_000);

  it('a Redis that may throw jobs away', async () => {
    const redis = new Redis(stack.redisUrl);
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');

    const broken = await answer(4, /maxmemory-policy/);
    const doctor = await cli(['doctor'], env);
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    const mended = await until(() => cli(['doctor'], env).then((run) => (run.code === 0 ? run : null)), {
      what: 'doctor to find all well',
      timeoutMs: 60_000,
      intervalMs: 500,
    });

    redis.disconnect();
    expect(broken).toMatchObject({ code: 1, stdout: expect.stringContaining('noeviction') as string });
    expect(doctor.stdout).toMatch(/✗ Redis .*allkeys-lru/);
    expect(doctor.stdout).toMatch(/– test push +skipped: the gateway takes none now/);
    expect(mended.stdout).toMatch(/✓ test push +pushed, accepted in .* recorded as event \d+/);
  }, 150_000);

  it('a clock in Odoo that is ten minutes ahead', async () => {
    skewMs = 600_000;
    change(5);

    const told = await answer(5, /clock/);
    const doctor = await cli(['doctor', '--no-push'], env);
    skewMs = 0;
    const mended = await until(
      () => cli(['doctor', '--no-push'], env).then(({ stdout }) => (stdout.includes('clock agrees') ? stdout : null)),
      { what: 'the clocks to agree', timeoutMs: 60_000, intervalMs: 500 },
    );

    expect(told.stdout).toMatch(/NTP/);
    expect(doctor).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/! Odoo odoo .*10 min ahead of ours/) as string,
    });
    expect(mended).toMatch(/✓ Odoo odoo/);
  }, 150_000);

  it('a PostgreSQL that is away: pushes are accepted, and nothing is lost', async () => {
    await stack.postgres.kill();

    const why6 = await answer(6, /PostgreSQL/);
    const [list, doctor] = [await cli(['events', '--json'], env), await cli(['doctor'], env)];
    await stack.postgres.start();
    const mended = await until(() => cli(['doctor', '--no-push'], env).then((run) => (run.code === 0 ? run : null)), {
      what: 'doctor to find all well',
      timeoutMs: 60_000,
      intervalMs: 500,
    });

    expect(why6).toMatchObject({ code: 1, stdout: expect.stringMatching(/^! /) as string });
    expect(list).toMatchObject({ code: 69, stdout: '' });
    expect(JSON.parse(list.stderr)).toMatchObject({
      error: { code: 'DATABASE_UNAVAILABLE', status: 503, exit_code: 69 },
    });
    expect(doctor).toMatchObject({ code: 1, stdout: expect.stringMatching(/✗ PostgreSQL/) as string });
    expect(mended.stdout).toMatch(/✓ PostgreSQL/);
  }, 150_000);

  it('a Redis that is away: the gateway refuses, and says so', async () => {
    await stack.redis.kill();

    const doctor = await until(
      () => cli(['doctor'], env).then((run) => (run.stdout.includes('✗ gateway') ? run : null)),
      {
        what: 'the gateway to be not ready',
        timeoutMs: 60_000,
        intervalMs: 500,
      },
    );
    const queues = await cli(['queues'], env);
    await stack.redis.start();
    await until(() => cli(['queues'], env).then(({ code }) => code === 0), { what: 'the queues', timeoutMs: 60_000 });

    expect(doctor.stdout).toMatch(/✗ Redis +cannot be reached/);
    expect(doctor.stdout).toMatch(/– test push +skipped: the gateway takes none now/);
    expect(queues).toMatchObject({ code: 69, stdout: '' });
  }, 150_000);
});
