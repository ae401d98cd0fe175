import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeOdoo } from '../../src/fake-odoo/index';
import { freePort } from '../../src/stack/free-port';
import { createTestDatabase, createTestRedis, type TestDatabase } from '../../src/test-stores';
import { cli, type CliEnvironment, cliJson } from './cli-process';
import { type Hub, OPERATOR_KEY, startHub } from './hub';

const USER = { id: 7, login: 'hub', key: 'rpc-key-of-the-hub', tz: 'UTC' };

interface Run {
  readonly job_id: string;
  readonly state: string;
  readonly result: { readonly created: number; readonly failed: number };
}

const isUnwanted = (name: unknown): boolean => typeof name === 'string' && name.startsWith('Nobody');

describe('data-sync on the command line', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bridgecore-cli-sync-'));
  let database: TestDatabase;
  let hub: Hub;
  let odoos: FakeOdoo[];
  let env: CliEnvironment;

  beforeAll(async () => {
    odoos = ['paris', 'lyon'].map(
      (name) => new FakeOdoo({ apiKey: 'key', rpc: { version: 18, database: name, users: [USER] } }),
    );
    const urls = await Promise.all(odoos.map((odoo) => odoo.listen()));
    const systems = ['paris', 'lyon'].map((id, index) => ({
      ...{ id, url: urls[index], webhook_api_key: 'key', sync_interval_seconds: 3_600 },
      ...{ db: id, username: USER.login, api_key: USER.key },
    }));
    const sha256 = createHash('sha256').update('p'.repeat(40)).digest('hex');
    const keys = [{ id: 'paris', sha256, scopes: ['ingest'], system: 'paris' }];
    const file = (name: string, content: object): string => {
      const path = join(directory, name);
      writeFileSync(path, JSON.stringify(content));
      return path;
    };
    const [redis, port] = await Promise.all([createTestRedis(), freePort()]);
    database = await createTestDatabase();
    const declared = { SYSTEMS_FILE: file('systems.json', { systems }), API_KEYS_FILE: file('keys.json', { keys }) };
    const stores = { redisUrl: redis.url, databaseUrl: database.url };
    hub = await startHub({ ...stores, port, env: { WEBHOOK_PUSH_API_KEY: '', ...declared } });
    env = { BRIDGECORE_URL: hub.operatorUrl, OPERATOR_API_KEY: OPERATOR_KEY };
  }, 90_000);

  afterAll(async () => {
    await hub.stop();
    await database.drop();
    await Promise.all(odoos.map((odoo) => odoo.close()));
    rmSync(directory, { recursive: true });
  }, 30_000);

  it('says what would happen, does it, and tells what failed', async () => {
    const [paris, lyon] = odoos as [FakeOdoo, FakeOdoo];
    paris.seed('res.partner', [{ name: 'Anna' }, { name: 'Bo' }, { name: 'Nobody\u001b[2J wants him' }]);
    lyon.refuse('res.partner', ({ name }) => (isUnwanted(name) ? 'We do not want \u001b[2J him.' : undefined));
    const start = ['data-sync', 'start', 'paris', 'lyon', 'res.partner'];

    const dry = await cli([...start, '--dry-run', '--wait'], env);
    const before = lyon.all('res.partner').length;
    const done = await cliJson<Run>([...start, '--wait'], env);
    const told = await cli(['data-sync', 'status', done.json.job_id], env);
    const listed = await cli(['data-sync', 'status'], env);

    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('3 would be created') as string });
    expect(before).toBe(0);
    expect(done).toMatchObject({ code: 1, json: { state: 'done', result: { created: 2, failed: 1 } } });
    expect(told).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/2 created, .* and 1 failed, of 3/) as string,
    });
    expect(told.stdout).toMatch(
      /RECORD .*CODE .*ERROR\nres\.partner \d+ +VALIDATION +.*We do not want \\u001b\[2J him/,
    );
    expect(told.stdout + done.stdout).not.toContain('\u001b');
    expect(listed.stdout).toMatch(/done +res\.partner, paris → lyon[^]*done, dry +res\.partner, paris → lyon/);
  }, 90_000);

  it('waits for nothing where nobody looks, and says how to ask', async () => {
    const run = await cli(['data-sync', 'start', 'paris', 'lyon', 'res.partner'], env);

    expect(run).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/data-sync status [0-9a-f-]{36}\n$/) as string,
    });
  }, 60_000);

  it.each([
    ['a system that nobody has declared', ['paris', 'rome', 'res.partner'], /rome|target_system_id/],
    ['filters that are no domain', ['paris', 'lyon', 'res.partner', '--filters', '{"a": 1}'], /filters/],
  ])(
    'refuses %s as a mistake of the caller',
    async (_what, args, said) => {
      const run = await cli(['data-sync', 'start', ...args], env);

      expect(run).toMatchObject({ code: 64, stderr: expect.stringMatching(said) as string });
    },
    60_000,
  );
});
