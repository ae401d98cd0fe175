import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { readArgs } from '../src/fake-odoo/args';
import { until } from '../src/until';
import { ask, Receiver } from './fake-odoo-help';

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly errors: () => string;
  readonly exit: Promise<number | null>;
}

function run(args: readonly string[], env: Record<string, string> = {}): Run {
  const main = join(__dirname, '../src/fake-odoo/main.js');
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env } });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exit = once(child, 'close').then(([code]) => code as number | null);
  return { child, output: () => output, errors: () => errors, exit };
}

describe('the process of the fake Odoo', () => {
  it('says where it listens, does business, pushes, serves pulls and stops cleanly', async () => {
    const receiver = await new Receiver().listen();
    const args = [
      '--push-url',
      receiver.url,
      '--per-minute',
      '3000',
      '--scheduled-every-seconds',
      '0.2',
      '--seed',
      '7',
    ];
    const odoo = run(args, { FAKE_ODOO_API_KEY: 'k', FAKE_ODOO_PUSH_KEY: 'p' });
    const line = await until(() => /^(\{.*\})\n/.exec(odoo.output())?.[1], { what: 'the ready line' });
    const { ready, url } = JSON.parse(line) as { ready: boolean; url: string };

    const isScheduled = (body: string): boolean => body.startsWith('{"event_id": ');
    await until(() => receiver.received.some(({ body }) => isScheduled(body)), { what: 'a scheduled push' });
    await until(() => receiver.received.some(({ body }) => !isScheduled(body)), { what: 'an instant push' });
    const page = await ask(`${url}/api/webhooks/pull`, { headers: { 'X-API-Key': 'k' } });
    odoo.child.kill('SIGTERM');
    const code = await odoo.exit;
    await receiver.close();

    expect([ready, code, odoo.errors()]).toEqual([true, 0, '']);
    expect((JSON.parse(page.body) as { count: number }).count).toBeGreaterThan(0);
    expect(receiver.received[0]?.headers).toContainEqual(['Authorization', 'Bearer p']);
  });

  it('answers RPC with what its business deals with', async () => {
    const args = ['--per-minute', '0', '--rpc-version', '19', '--rpc-db', 'shop', '--rpc-key', 'r'];
    const odoo = run(args, { FAKE_ODOO_API_KEY: 'k' });
    const line = await until(() => /^(\{.*\})\n/.exec(odoo.output())?.[1], { what: 'the ready line' });
    const { url } = JSON.parse(line) as { url: string };
    const body = JSON.stringify({ domain: [['id', 'in', [15, 51]]], fields: ['name'] });
    const headers = { Authorization: 'bearer r', 'X-Odoo-Database': 'shop' };

    const partners = await ask(`${url}/json/2/res.partner/search_read`, { method: 'POST', headers, body });
    odoo.child.kill('SIGTERM');

    expect([await odoo.exit, JSON.parse(partners.body)]).toEqual([0, [{ id: 15, name: 'Azure Interior' }]]);
  });

  it('begins without records when asked to, with what records point to', async () => {
    const odoo = run(['--per-minute', '0', '--empty'], { FAKE_ODOO_API_KEY: 'k' });
    const line = await until(() => /^(\{.*\})\n/.exec(odoo.output())?.[1], { what: 'the ready line' });
    const { url } = JSON.parse(line) as { url: string };
    const count = async (model: string): Promise<number> =>
      (JSON.parse((await ask(`${url}/__control/records?model=${model}`)).body) as unknown[]).length;

    const counts = [await count('res.partner'), await count('product.template'), await count('res.country')];
    odoo.child.kill('SIGTERM');

    expect(await odoo.exit).toBe(0);
    expect(counts).toEqual([0, 0, expect.any(Number)]);
    expect(counts[2]).toBeGreaterThan(0);
  });

  it('explains itself', async () => {
    const help = run(['--help']);

    expect(await help.exit).toBe(0);
    expect(help.output()).toContain('--per-minute');
  });

  it.each([
    [['--api-key', 'k', '--bogus'], "Unknown option '--bogus'"],
    [['--api-key', 'k', '--per-minute', 'many'], "--per-minute takes a number from 0 to 600000, not 'many'"],
    [[], '--api-key or FAKE_ODOO_API_KEY is needed'],
  ])('refuses %j with exit code 64', async (args, message) => {
    const odoo = run(args, { FAKE_ODOO_API_KEY: '' });

    expect(await odoo.exit).toBe(64);
    expect(odoo.errors()).toContain(message);
    expect(odoo.output()).toBe('');
  });
});

describe('readArgs', () => {
  it.each([
    ['--port', '65536'],
    ['--port', '1.5'],
    ['--push-url', 'bridge.example.test'],
    ['--push-auth', 'digest'],
    ['--web-share', '2'],
    ['--seed', ''],
    ['--rpc-version', '17'],
  ])('refuses %s %s', (flag, value) => {
    expect(() => readArgs([flag, value], { FAKE_ODOO_API_KEY: 'k' })).toThrow(flag);
  });

  it('prefers the flag to the environment', () => {
    const env = { FAKE_ODOO_API_KEY: 'env', FAKE_ODOO_PUSH_KEY: 'env' };

    expect(readArgs(['--api-key', 'flag'], env)).toMatchObject({ apiKey: 'flag', pushKey: 'env', perMinute: 30 });
  });

  it('lets the API key in by RPC too, unless there is another', () => {
    const key = (env: Record<string, string>): string | undefined => readArgs([], env)?.rpc.key;

    expect([key({ FAKE_ODOO_API_KEY: 'k' }), key({ FAKE_ODOO_API_KEY: 'k', FAKE_ODOO_RPC_KEY: 'r' })]).toEqual([
      'k',
      'r',
    ]);
    expect(readArgs([], { FAKE_ODOO_API_KEY: 'k' })?.rpc).toMatchObject({
      version: 18,
      database: 'odoo',
      login: 'admin',
    });
  });
});
