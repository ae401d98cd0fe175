import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeOdoo } from '../../src/fake-odoo/index';
import { freePort } from '../../src/stack/free-port';
import { createTestDatabase, createTestRedis, type TestDatabase } from '../../src/test-stores';
import { until } from '../../src/until';
import { cli, type CliEnvironment, cliJson, startCli } from './cli-process';
import { type Hub, ODOO_KEY, OPERATOR_KEY, PUSH_KEY, startHub } from './hub';

/** Clears the screen by a sequence of one and of two bytes, turns text around, and adds a line. */
const HOSTILE = 'S\u001b[2J\u009b2J\u202e0042\nforged';

interface Verdict {
  readonly verdict: { readonly code: string };
  readonly findings: readonly { readonly code: string; readonly hint: string | null }[];
}

describe('the command line, on a hub that pulls only when asked', () => {
  let database: TestDatabase;
  let odoo: FakeOdoo;
  let hub: Hub;
  let env: CliEnvironment;

  beforeAll(async () => {
    const [redis, port] = await Promise.all([createTestRedis(), freePort()]);
    database = await createTestDatabase();
    odoo = new FakeOdoo({ apiKey: ODOO_KEY, seed: 3 });
    const odooUrl = await odoo.listen();
    const stores = { redisUrl: redis.url, databaseUrl: database.url };
    hub = await startHub({ ...stores, odooUrl, port, env: { ODOO_SYNC_INTERVAL_SECONDS: '3600' } });
    env = {
      ...{ BRIDGECORE_URL: hub.operatorUrl, BRIDGECORE_PUSH_URL: hub.gatewayUrl },
      ...{ OPERATOR_API_KEY: OPERATOR_KEY, WEBHOOK_PUSH_API_KEY: PUSH_KEY },
      ...{ REDIS_URL: redis.url, DATABASE_URL: database.url },
      ...{ ODOO_URL: odooUrl, ODOO_WEBHOOK_API_KEY: ODOO_KEY, ODOO_SYNC_INTERVAL_SECONDS: '3600' },
    };
    const isPulled = async (): Promise<boolean> =>
      (await hub.rows('select 1 from pull_cursors where succeeded_at is not null')).length > 0;
    await until(isPulled, { what: 'the first pull' });
  }, 90_000);

  afterAll(async () => {
    await odoo.close();
    await hub.stop();
    await database.drop();
  }, 30_000);

  const commit = (recordId: number, name = 'S00042'): void => {
    odoo.commit({ model: 'sale.order', recordId, operation: 'write', fields: { name }, displayName: name });
  };

  it('tells by doctor that all is well, and leaves one test event', async () => {
    const { code, json } = await cliJson<{ ok: boolean; checks: { id: string; mark: string }[] }>(['doctor'], env);

    expect(json.checks.filter(({ mark }) => mark !== 'ok')).toEqual([]);
    expect(json.checks.map(({ id }) => id)).toEqual(
      expect.arrayContaining([
        'config-worker',
        'redis',
        'postgres',
        'odoo-odoo',
        'gateway',
        'workers',
        'pull-odoo',
        'push',
      ]),
    );
    expect({ code, ok: json.ok }).toEqual({ code: 0, ok: true });
    const tests = await hub.rows<{ is_test: boolean }>(
      `select is_test from webhook_events where model = 'bridgecore.doctor'`,
    );
    expect(tests).toEqual([{ is_test: true }]);
  }, 60_000);

  it('pushes its test with a key from a file, since with several Odoos the environment may have none', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'push-key-')), 'key');
    writeFileSync(file, `${PUSH_KEY}\n`);

    const { stdout } = await cli(['doctor', '--push-key-file', file], { ...env, WEBHOOK_PUSH_API_KEY: '' });

    expect(stdout).toMatch(/✓ test push +pushed, accepted/);
  }, 60_000);

  it('finds that Odoo still holds an event, and brings it by a pull', async () => {
    commit(42);

    const before = await cliJson<Verdict>(['why', 'sale.order', '42'], env);
    const pulled = await cli(['pull', 'odoo'], env);
    const after = await cli(['why', 'sale.order', '42'], env);

    expect(before).toMatchObject({ code: 1, json: { verdict: { code: 'NOT_ARRIVED' } } });
    expect(before.json.findings).toContainEqual(
      expect.objectContaining({ code: 'ODOO_HOLDS', hint: expect.stringContaining('bridgecore pull odoo') as string }),
    );
    expect(pulled).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Pulled odoo in .*1 recorded/) as string });
    expect(after).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✓ sale.order 42 is recorded/) as string });
    expect(after.stdout).toMatch(/came by pull \(its id there: \d+\)/);
  }, 60_000);

  it('finds a late commit behind the cursor, and brings it by a sweep', async () => {
    const held = odoo.holdBack({ model: 'sale.order', recordId: 77, operation: 'write', fields: { name: 'S00077' } });
    commit(78);
    await cli(['pull', 'odoo'], env);
    held.commit();

    const before = await cli(['why', 'sale.order', '77'], env);
    const swept = await cli(['sweep', 'odoo'], env);
    const after = await cli(['why', 'sale.order', '77'], env);

    expect(before).toMatchObject({ code: 1, stdout: expect.stringContaining('bridgecore sweep odoo') as string });
    expect(swept).toMatchObject({ code: 0, stdout: expect.stringContaining('1 recorded') as string });
    expect(after.code).toBe(0);
  }, 60_000);

  it('shows a hostile name without letting it reach the terminal', async () => {
    commit(13, HOSTILE);
    await cli(['pull', 'odoo'], env);

    const [table, json] = [
      await cli(['events', '--record-id', '13'], env),
      await cliJson<{ events: { data: { name: string } }[] }>(['events', '--record-id', '13'], env),
    ];

    expect(table.stdout).toContain('S\\u001b[2J\\u009b2J\\u202e0042\\nforged');
    expect(table.stdout + json.stdout).not.toMatch(/[\u001b\u009b\u202e]/u);
    expect(json.json.events.map(({ data }) => data.name)).toEqual([HOSTILE]);
  }, 60_000);

  it('ends quietly when its reader has seen enough', async () => {
    odoo.makeEvents(1_500, { push: 'none' });
    await cli(['pull', 'odoo'], env);

    const child = startCli(['events', '--all', '--json'], env);
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdout?.once('data', () => child.stdout?.destroy());
    const code = await new Promise((done) => child.once('close', done));

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }, 60_000);

  it('prints all events, each once, in lines that a script reads', async () => {
    const { stdout } = await cli(['events', '--all', '--json'], env);

    const ids = stdout
      .trim()
      .split('\n')
      .map((line) => Number((JSON.parse(line) as { id: string }).id));
    const [count] = await hub.rows<{ count: number }>('select count(*)::int from webhook_events');
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(ids).toHaveLength(count?.count ?? -1);
    expect(ids.length).toBeGreaterThan(1_000);
  }, 60_000);

  it('follows what comes, and ends with 130 at Ctrl-C', async () => {
    const child = startCli(['events', '--follow', '--limit', '1'], env);
    let stdout = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    const ended = new Promise((done) => child.once('close', done));
    await until(() => stdout.includes('\n'), { what: 'its first rows' });

    commit(4_711);
    await cli(['pull', 'odoo'], env);
    await until(() => stdout.includes('sale.order 4711'), { what: 'the new event' });
    child.kill('SIGINT');

    expect(await ended).toBe(130);
    expect(stdout.match(/RECORD/g)).toHaveLength(1);
  }, 60_000);

  it('shows a dead letter, asks before it replays many, and discards one', async () => {
    const body = { batch: true, events: [{ model: 'sale.order', record_id: 'nine', event: 'write' }] };
    const headers = { authorization: `Bearer ${PUSH_KEY}`, 'content-type': 'application/json' };
    await fetch(hub.pushUrl, { method: 'POST', headers, body: JSON.stringify(body) });
    const letters = (): Promise<{ id: string }[] | null> =>
      hub.rows<{ id: string }>('select id from dead_letters').then((rows) => (rows.length > 0 ? rows : null));
    const [letter] = await until(letters, { what: 'the dead letter' });
    const id = letter?.id ?? '';

    const listed = await cli(['dead-letters', 'list'], env);
    const shown = await cli(['dead-letters', 'show', id], env);
    const unasked = await cli(['dead-letters', 'replay', '--all'], env);
    const replayed = await cli(['dead-letters', 'replay', '--all', '--yes'], env);
    const discarded = await cli(['dead-letters', 'discard', id, '--reason', 'a test'], env);
    const again = await cli(['dead-letters', 'discard', id], env);

    expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining('EVENT_INVALID') as string });
    expect(shown.stdout).toContain('"record_id": "nine"');
    expect(unasked).toMatchObject({ code: 64, stderr: expect.stringContaining('1 open dead letter would') as string });
    expect(replayed).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^1 dead letter is tried again/) as string,
    });
    expect(discarded).toMatchObject({ code: 0 });
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('discarded') as string });
    expect((await cli(['dead-letters', 'list'], env)).stdout).toBe('No dead letters are open.\n');
  }, 60_000);

  it.each([
    ['a key that nobody knows', { OPERATOR_API_KEY: 'x'.repeat(40) }, 77, 'AUTHENTICATION_REQUIRED'],
    ['a key that may not read', { OPERATOR_API_KEY: PUSH_KEY }, 77, 'FORBIDDEN'],
    ['no gateway', { BRIDGECORE_URL: 'http://127.0.0.1:9' }, 69, 'GATEWAY_UNREACHABLE'],
    ['no address', { BRIDGECORE_URL: 'nowhere' }, 78, 'CONFIG_INVALID'],
    ['no key', { OPERATOR_API_KEY: '' }, 78, 'CONFIG_INVALID'],
  ])('tells a script of %s, and ends as the help says', async (_what, different, code, name) => {
    const run = await cli(['systems', '--json'], { ...env, ...different });

    expect(run).toMatchObject({ code, stdout: '' });
    expect(JSON.parse(run.stderr)).toMatchObject({ error: { code: name, exit_code: code } });
  });
});
