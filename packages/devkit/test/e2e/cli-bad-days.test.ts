import { createServer, type Socket } from 'node:net';
import { FakeOdoo } from '../../src/fake-odoo/index';
import { createTestDatabase, createTestRedis } from '../../src/test-stores';
import { cli, type CliEnvironment, cliJson } from './cli-process';

interface Doctor {
  readonly checks: readonly {
    readonly id: string;
    readonly mark: string;
    readonly text: string;
    readonly hint: string | null;
  }[];
}

const KEYS = { WEBHOOK_PUSH_API_KEY: 'p'.repeat(40), OPERATOR_API_KEY: 'o'.repeat(40) };
const NOWHERE: CliEnvironment = {
  ...{ BRIDGECORE_URL: 'http://127.0.0.1:9', BRIDGECORE_PUSH_URL: 'http://127.0.0.1:9', ...KEYS },
  ...{ REDIS_URL: 'redis://127.0.0.1:9', DATABASE_URL: 'postgres://nobody@127.0.0.1:9/nowhere' },
};

/** Takes connections, and says nothing. */
async function listenSilently(): Promise<{ close: () => void; port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => {})));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const close = (): void => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { close, port: typeof address === 'object' ? (address?.port ?? 0) : 0 };
}

const marksIn = ({ checks }: Doctor): Record<string, string> =>
  Object.fromEntries(checks.map(({ id, mark }) => [id, mark]));

describe('doctor, when things are not well', () => {
  it('tells of each thing that is away, and what to do', async () => {
    const { code, json } = await cliJson<Doctor>(['doctor'], NOWHERE);

    expect(code).toBe(1);
    expect(marksIn(json)).toMatchObject({
      redis: 'failed',
      postgres: 'failed',
      gateway: 'failed',
      operator: 'failed',
      push: 'skipped',
    });
    expect(json.checks.filter(({ mark, hint }) => mark === 'failed' && hint === null)).toEqual([]);
  }, 60_000);

  it('ends although everything hangs, and tells so', async () => {
    const { close, port } = await listenSilently();
    const [http, url] = [`http://127.0.0.1:${port}`, `127.0.0.1:${port}`];
    const hanging = {
      ...{ ...KEYS, BRIDGECORE_URL: http, BRIDGECORE_PUSH_URL: http, REDIS_URL: `redis://${url}` },
      ...{ DATABASE_URL: `postgres://nobody@${url}/nowhere`, ODOO_URL: http, ODOO_WEBHOOK_API_KEY: 'key' },
    };

    const { code, json } = await cliJson<Doctor>(['doctor'], hanging);

    close();
    expect(code).toBe(1);
    const failing = {
      redis: 'failed',
      postgres: 'failed',
      gateway: 'failed',
      operator: 'failed',
      'odoo-odoo': 'failed',
    };
    expect(marksIn(json)).toMatchObject(failing);
  }, 60_000);

  it('says what an Odoo with another key, and a clock of its own, needs', async () => {
    const odoo = new FakeOdoo({ apiKey: 'the right key', now: () => new Date(Date.now() + 600_000) });
    const env = { ...NOWHERE, ODOO_URL: await odoo.listen(), ODOO_WEBHOOK_API_KEY: 'another key' };

    const { stdout } = await cli(['doctor', '--no-push'], env);

    await odoo.close();
    expect(stdout).toMatch(/✗ Odoo odoo +key refused, addon 2\.0\.0, clock 10 min ahead of ours/);
    expect(stdout).toContain('ODOO_WEBHOOK_API_KEY');
    expect(stdout).toContain('– test push');
  }, 60_000);

  it('finds a schema that waits for its migrations, which migrate applies', async () => {
    const [database, redis] = await Promise.all([createTestDatabase(), createTestRedis()]);
    const env = { ...NOWHERE, DATABASE_URL: database.url, REDIS_URL: redis.url };

    const before = await cliJson<Doctor>(['doctor'], env);
    const check = await cli(['migrate', '--check'], env);
    const applied = await cli(['migrate'], env);
    const after = await cliJson<Doctor>(['doctor'], env);
    const again = await cliJson<object>(['migrate', '--check'], env);

    await database.drop();
    expect(marksIn(before.json)).toMatchObject({ postgres: 'failed', scheduler: 'failed', workers: 'failed' });
    expect(check).toMatchObject({ code: 1, stdout: expect.stringMatching(/^\d+ migrations pending:/) as string });
    expect(applied).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+ migrations applied:/) as string });
    expect(marksIn(after.json)).toMatchObject({ postgres: 'ok' });
    expect(again).toMatchObject({ code: 0, json: { pending: [] } });
  }, 60_000);

  it('looks only at what it can from a machine that has nothing but a key', async () => {
    const { code, json } = await cliJson<Doctor>(['doctor'], { BRIDGECORE_URL: 'http://127.0.0.1:9' });

    expect(code).toBe(1);
    expect(marksIn(json)).toMatchObject({
      'config-worker': 'skipped',
      redis: 'skipped',
      postgres: 'skipped',
      gateway: 'failed',
    });
  });

  it('shows no secret that a URL or a variable holds', async () => {
    const env = {
      ...NOWHERE,
      DATABASE_URL: 'postgres://me:pass-word@127.0.0.1:9/x',
      REDIS_URL: 'redis://:sesame@127.0.0.1:9',
    };

    const runs = await Promise.all([
      cli(['doctor'], env),
      cli(['config'], env),
      cli(['migrate'], env),
      cli(['config', '--json'], env),
    ]);

    const said = runs.map(({ stdout, stderr }) => stdout + stderr).join('');
    expect(said).toContain('postgres://(hidden)@127.0.0.1:9/x');
    expect(said).not.toMatch(/pass-word|sesame|p{40}|o{40}/);
  }, 60_000);
});
