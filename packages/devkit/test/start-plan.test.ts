import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { banner } from '../src/start/banner';
import { type Kept, keep, readKept } from '../src/start/keys';
import { type Plan, planFor } from '../src/start/plan';
import { freePort } from '../src/stack/free-port';

const kept: Kept = {
  ...{ push: 'p'.repeat(40), operator: 'o'.repeat(40), simulator: 's'.repeat(40), rpc: 'r'.repeat(40) },
  second: { push: 'q'.repeat(40), simulator: 't'.repeat(40), rpc: 'u'.repeat(40) },
  ...{ token: { kid: 'tokens' }, sealing: { kid: 'secrets' }, receiver: 'whsec_r', simulators: 0 },
};

const plan = (env: Record<string, string>, given: Kept = kept, odoos: 1 | 2 = 1): Promise<Plan> =>
  planFor(env, given, { odoos, directory: '/ours' });

describe('planFor', () => {
  it('simulates an Odoo, brings its own stores and makes the keys when nothing is set', async () => {
    const made = await plan({});

    expect(made.stores).toEqual(['redis', 'postgres']);
    expect(made.simulated).toMatchObject([
      { id: 'demo', program: 'simulator', isEmpty: false, keys: { push: kept.push } },
    ]);
    expect(made.made).toEqual({ WEBHOOK_PUSH_API_KEY: kept.push, OPERATOR_API_KEY: kept.operator });
    expect(made.settings).toMatchObject({
      ODOO_URL: `http://127.0.0.1:${made.simulated[0]?.port}`,
      ODOO_WEBHOOK_API_KEY: kept.simulator,
      ODOO_SYSTEM_ID: 'demo',
      ODOO_SYNC_INTERVAL_SECONDS: '5',
      ODOO_DB: 'demo',
      ODOO_USERNAME: 'admin',
      ODOO_API_KEY: kept.rpc,
    });
  });

  it('calls each further simulator by another name, since its ids begin at 1 again', async () => {
    const made = await plan({}, { ...kept, simulators: 1 });

    expect(made.settings.ODOO_SYSTEM_ID).toBe('demo-2');
  });

  it('leaves alone what the user has set', async () => {
    const env = {
      ODOO_URL: 'https://odoo.example',
      ODOO_WEBHOOK_API_KEY: 'key',
      REDIS_URL: 'redis://redis',
      DATABASE_URL: 'postgres://db',
      WEBHOOK_PUSH_API_KEY: 'given',
      OPERATOR_API_KEY: 'given',
      TOKEN_KEYS_FILE: 'given',
      SECRET_KEYS_FILE: 'given',
      NOTIFY_ALLOWED_NETWORKS: '10.0.0.0/8',
    };

    const made = await plan(env);

    expect(made).toEqual({
      ports: made.ports,
      simulated: [],
      stores: [],
      files: [{ path: '/ours/receiver-secret', content: kept.receiver }],
      made: {},
      settings: { LOG_FORMAT: 'json' },
    });
  });

  it('makes keys for tokens and for secrets of subscriptions, and lets them be sent to this machine', async () => {
    const { settings, files } = await plan({});

    expect(settings).toMatchObject({
      ...{ TOKEN_KEYS_FILE: '/ours/token-keys.json', SECRET_KEYS_FILE: '/ours/secret-keys.json' },
      NOTIFY_ALLOWED_NETWORKS: '127.0.0.0/8,::1',
    });
    expect(files).toEqual([
      { path: '/ours/token-keys.json', content: { keys: [kept.token] } },
      { path: '/ours/secret-keys.json', content: { keys: [kept.sealing] } },
      { path: '/ours/receiver-secret', content: kept.receiver },
    ]);
  });

  it('makes no plain push key for several systems, which would refuse it', async () => {
    const made = await plan({ SYSTEMS_FILE: 'systems.yaml' });

    expect([made.simulated, Object.keys(made.made)]).toEqual([[], ['OPERATOR_API_KEY']]);
  });

  it('asks for the key of a real Odoo', async () => {
    await expect(plan({ ODOO_URL: 'https://odoo.example' })).rejects.toThrow('ODOO_WEBHOOK_API_KEY is not');
  });

  it.each(['x', '0', '70000', '80.5'])('refuses PORT=%s', async (PORT) => {
    await expect(plan({ PORT })).rejects.toThrow('must be a port from 1 to 65535');
  });

  it('gives no two services the same port', async () => {
    const { ports } = await plan({ PORT: '8082', OPERATOR_PORT: '8083' });

    expect(new Set(Object.values(ports)).size).toBe(4);
  });

  describe('of two Odoos', () => {
    it('simulates one of each version, the second without records, on ports of their own', async () => {
      const { simulated, ports } = await plan({}, { ...kept, simulators: 2 }, 2);

      expect(simulated).toMatchObject([
        { program: 'simulator', id: 'demo-3', version: 18, isEmpty: false },
        { program: 'simulator-b', id: 'demo-3-b', version: 19, isEmpty: true },
      ]);
      expect(new Set([...Object.values({ ...ports }), ...simulated.map(({ port }) => port)]).size).toBe(6);
    });

    it('gives each push key its system and no plain one, which the gateway would refuse', async () => {
      const { made, files, settings } = await plan({}, kept, 2);

      expect(made).toEqual({
        OPERATOR_API_KEY: kept.operator,
        DEMO_PUSH_KEY: kept.push,
        DEMO_B_PUSH_KEY: kept.second.push,
      });
      expect(settings).not.toHaveProperty('WEBHOOK_PUSH_API_KEY');
      expect(settings.API_KEYS_FILE).toBe('/ours/api-keys.json');
      expect(files[1]).toMatchObject({
        path: '/ours/api-keys.json',
        content: {
          keys: [
            { system: 'demo', scopes: ['ingest'] },
            { system: 'demo-b', scopes: ['ingest'] },
          ],
        },
      });
    });

    it('keeps every key out of the files, and hands it over in the variable that they name', async () => {
      const { files, settings } = await plan({}, { ...kept, simulators: 1 }, 2);
      const text = JSON.stringify(files);

      for (const key of [kept.push, kept.simulator, kept.rpc, ...Object.values({ ...kept.second })])
        expect(text).not.toContain(key);
      const names = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, settings[name]]);
      expect(names).toEqual([
        ['DEMO_2_WEBHOOK_API_KEY', kept.simulator],
        ['DEMO_2_RPC_API_KEY', kept.rpc],
        ['DEMO_2_B_WEBHOOK_API_KEY', kept.second.simulator],
        ['DEMO_2_B_RPC_API_KEY', kept.second.rpc],
      ]);
      expect(settings).toMatchObject({ SYSTEMS_FILE: files[0]?.path, ODOO_SYNC_INTERVAL_SECONDS: '5' });
      expect(settings).not.toHaveProperty('ODOO_URL');
    });

    it.each(['ODOO_URL', 'SYSTEMS_FILE', 'API_KEYS_FILE', 'WEBHOOK_PUSH_API_KEY', 'WEBHOOK_PUSH_API_KEY_FILE'])(
      'refuses %s, which says the contrary',
      async (name) => {
        const refused = expect(plan({ [name]: 'given' }, kept, 2)).rejects;

        await refused.toThrow(
          `--odoos 2 simulates both Odoos and makes their keys, but the environment has ${name.replace('_KEY_FILE', '_KEY')}`,
        );
      },
    );
  });

  describe('with a port in use', () => {
    let server: Server;
    let port: number;
    beforeEach(async () => {
      port = await freePort();
      server = createServer();
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    });
    afterEach(async () => {
      await new Promise((resolve) => server.close(resolve));
    });

    it('says so when the user asked for it', async () => {
      await expect(plan({ OPERATOR_PORT: String(port) })).rejects.toThrow(`OPERATOR_PORT=${port} is in use`);
    });
  });
});

describe('the kept keys', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'bridgecore-test-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('are long, differ, and come back at the next start, for nobody else to read', () => {
    const first = readKept(directory);
    keep(directory, first);

    expect(readKept(directory)).toEqual(first);
    const { second, simulators: _count, ...own } = first;
    expect(new Set([...Object.values(own), ...Object.values({ ...second })]).size).toBe(10);
    expect(first.push).toMatch(/^[0-9a-f]{40}$/);
    expect(statSync(join(directory, 'keys.json')).mode & 0o777).toBe(0o600);
  });

  it('stay when an earlier version has kept fewer', () => {
    writeFileSync(join(directory, 'keys.json'), '{"push":"p","operator":"o","simulator":"s","simulators":4}');

    const found = readKept(directory);

    expect(found).toMatchObject({ push: 'p', operator: 'o', simulator: 's', simulators: 4 });
    expect(found.second.rpc).toMatch(/^[0-9a-f]{40}$/);
  });

  it('are made again when the file was cut off', () => {
    writeFileSync(join(directory, 'keys.json'), '{"push":');

    expect(readKept(directory).push).toMatch(/^[0-9a-f]{40}$/);
  });
});

describe('the banner', () => {
  const shown = async (odoos: 1 | 2): Promise<string> =>
    banner({ plan: await plan({}, kept, odoos), directory: '/ours', env: {}, paint: (_, text) => text });

  it('shows how to be told of events, unless nothing may be sent to this machine', async () => {
    const elsewhere = await plan({ NOTIFY_ALLOWED_NETWORKS: '10.0.0.0/8' });
    const silent = banner({ plan: elsewhere, directory: '/ours', env: {}, paint: (_, text) => text });

    expect(await shown(1)).toContain(
      'subscriptions create try --to http://127.0.0.1:9000/webhooks --secret-file /ours/receiver-secret',
    );
    expect(silent).not.toContain('subscriptions');
  });

  it('shows no sync with one Odoo', async () => {
    expect(await shown(1)).not.toContain('data-sync');
  });

  it('shows with two how to sync, first dry and then for real', async () => {
    const text = await shown(2);

    const command = 'npm run --silent bridgecore -- data-sync start demo demo-b res.partner';
    expect(text.indexOf(`${command} --dry-run\n`)).toBeGreaterThan(0);
    expect(text.indexOf(`${command}\n`)).toBeGreaterThan(text.indexOf(`${command} --dry-run`));
  });
});
