import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Kept, keep, readKept } from '../src/start/keys';
import { planFor } from '../src/start/plan';
import { freePort } from '../src/stack/free-port';

const kept: Kept = { push: 'p'.repeat(40), operator: 'o'.repeat(40), simulator: 's'.repeat(40), simulators: 0 };

describe('planFor', () => {
  it('simulates an Odoo, brings its own stores and makes the keys when nothing is set', async () => {
    const plan = await planFor({}, kept);

    expect(plan).toMatchObject({ simulates: true, stores: ['redis', 'postgres'], pushKey: kept.push });
    expect(plan.made).toEqual({ WEBHOOK_PUSH_API_KEY: kept.push, OPERATOR_API_KEY: kept.operator });
    expect(plan.settings).toMatchObject({
      ODOO_URL: `http://127.0.0.1:${plan.ports.simulator}`,
      ODOO_WEBHOOK_API_KEY: kept.simulator,
      ODOO_SYSTEM_ID: 'demo',
      ODOO_SYNC_INTERVAL_SECONDS: '5',
    });
  });

  it('calls each further simulator by another name, since its ids begin at 1 again', async () => {
    const plan = await planFor({}, { ...kept, simulators: 1 });

    expect(plan.settings.ODOO_SYSTEM_ID).toBe('demo-2');
  });

  it('leaves alone what the user has set', async () => {
    const env = {
      ODOO_URL: 'https://odoo.example',
      ODOO_WEBHOOK_API_KEY: 'key',
      REDIS_URL: 'redis://redis',
      DATABASE_URL: 'postgres://db',
      WEBHOOK_PUSH_API_KEY: 'given',
      OPERATOR_API_KEY: 'given',
    };

    const plan = await planFor(env, kept);

    expect(plan).toMatchObject({ simulates: false, stores: [], made: {}, settings: { LOG_FORMAT: 'json' } });
  });

  it('makes no plain push key for several systems, which would refuse it', async () => {
    const plan = await planFor({ SYSTEMS_FILE: 'systems.yaml' }, kept);

    expect([plan.simulates, Object.keys(plan.made)]).toEqual([false, ['OPERATOR_API_KEY']]);
  });

  it('asks for the key of a real Odoo', async () => {
    await expect(planFor({ ODOO_URL: 'https://odoo.example' }, kept)).rejects.toThrow('ODOO_WEBHOOK_API_KEY is not');
  });

  it.each(['x', '0', '70000', '80.5'])('refuses PORT=%s', async (PORT) => {
    await expect(planFor({ PORT }, kept)).rejects.toThrow('must be a port from 1 to 65535');
  });

  it('gives no two services the same port', async () => {
    const { ports } = await planFor({ PORT: '8082', OPERATOR_PORT: '8083' }, kept);

    expect(new Set(Object.values(ports)).size).toBe(5);
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
      await expect(planFor({ OPERATOR_PORT: String(port) }, kept)).rejects.toThrow(`OPERATOR_PORT=${port} is in use`);
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
    expect(new Set([first.push, first.operator, first.simulator]).size).toBe(3);
    expect(first.push).toMatch(/^[0-9a-f]{40}$/);
    expect(statSync(join(directory, 'keys.json')).mode & 0o777).toBe(0o600);
  });

  it('are made again when the file was cut off', () => {
    writeFileSync(join(directory, 'keys.json'), '{"push":');

    expect(readKept(directory).push).toMatch(/^[0-9a-f]{40}$/);
  });
});
