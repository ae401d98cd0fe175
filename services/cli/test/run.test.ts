import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { AddressInfo } from 'node:net';
import { World } from '../src/context';
import { run } from '../src/run';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** One command line within this process, of an environment that knows of no hub. */
async function ran(args: readonly string[], env: World['env'] = {}, terminal: { isTTY?: boolean } = {}): Promise<Ran> {
  let [out, err] = ['', ''];
  const stream = (keep: (text: string) => void): World['out'] => ({
    ...terminal,
    write: (text) => {
      keep(text);
      return true;
    },
    once: () => undefined,
  });
  const world: World = {
    ...{ env, stdin: { isTTY: false } as NodeJS.ReadStream, interrupted: new AbortController().signal },
    out: stream((text) => (out += text)),
    err: stream((text) => (err += text)),
  };
  return { code: await run(args, world), out, err };
}

const COMMANDS = [
  ...['doctor', 'why', 'events', 'dead-letters', 'dead-letters list', 'dead-letters show', 'dead-letters replay'],
  ...['dead-letters discard', 'systems', 'queues', 'pull', 'sweep', 'data-sync', 'data-sync start', 'data-sync status'],
  ...['audit', 'keys', 'keys create', 'keys create-token-key', 'keys create-secret-key', 'keys re-encrypt'],
  ...['migrate', 'config', 'version', 'feed', 'subscriptions', 'subscriptions list', 'subscriptions show'],
  ...['subscriptions create', 'subscriptions change', 'subscriptions remove', 'subscriptions pause'],
  ...['subscriptions resume', 'subscriptions test', 'subscriptions add-secret', 'subscriptions remove-secret'],
  ...['deliveries', 'deliveries list', 'deliveries show', 'deliveries replay', 'deliveries discard'],
  ...['deliveries replay-all'],
];

describe('the command line', () => {
  it.each(COMMANDS)('explains "%s", with examples, in lines of a terminal', async (command) => {
    const { code, out, err } = await ran([...command.split(' '), '--help']);

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(new RegExp(`^Usage: bridgecore ${command}`));
    expect(out).toMatch(/\nExamples:\n {2}\$ bridgecore /);
    expect(out.split('\n').filter((line) => line.length > 80 && !line.startsWith('  $ '))).toEqual([]);
  });

  it('tells the exit codes, and every command', async () => {
    const { out } = await ran(['--help']);

    for (const code of [0, 1, 64, 69, 77, 78, 130]) expect(out).toMatch(new RegExp(`\\b${code}\\b`));
    for (const command of COMMANDS.filter((name) => !name.includes(' ')))
      expect(out).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
  });

  it.each([
    [['nothing-like-that']],
    [['events', '--limit', 'many']],
    [['events', '--modle', 'x']],
    [['why', 'sale.order']],
    [['why', 'sale.order', 'forty-two']],
    [['events', 'too', 'many']],
    [['dead-letters']],
    [['config', 'printer']],
    [['keys', 'create', '--scopes', 'ingest', '--id', 'x']],
    [['keys', 'create', '--scopes', 'everything', '--id', 'x']],
    [['keys', 'create', '--scopes', 'read', '--id', 'x', '--expires', '2020-01-01']],
    [[]],
  ])('ends with 64 at %j, and says why once', async (args) => {
    const { code, out, err } = await ran(args);

    expect({ code, out }).toEqual({ code: 64, out: '' });
    expect(err).not.toBe('');
    expect(err.match(/✗/g)?.length ?? 0).toBeLessThanOrEqual(1);
  });

  it('tells a script what is wrong with its command line, too', async () => {
    const { code, err } = await ran(['events', '--limit', 'many', '--json']);

    expect(JSON.parse(err)).toMatchObject({
      error: { code: 'USAGE', exit_code: 64, hint: expect.any(String) as string },
    });
    expect(code).toBe(64);
  });

  it('leaves nothing of what was going on on the line of a failure', async () => {
    const nobody = { BRIDGECORE_URL: 'http://127.0.0.1:9', OPERATOR_API_KEY: 'k'.repeat(40), NO_COLOR: '1' };

    const { code, err } = await ran(['why', 'sale.order', '42', '--no-odoo'], nobody, { isTTY: true });

    expect(code).toBe(69);
    expect(err).toContain('looking for sale.order 42 …\r\u001b[K✗ ');
  });

  it('makes a key whose hash is that of the key, with what was asked for', async () => {
    const args = ['keys', 'create', '--id', 'paris', '--scopes', 'ingest', '--system', 'paris', '--expires', '90d'];
    const { code, out } = await ran([...args, '--json']);

    const { key, entry } = JSON.parse(out) as { key: string; entry: Record<string, unknown> };
    expect(code).toBe(0);
    expect(key).toMatch(/^[0-9a-f]{40}$/);
    expect(entry).toEqual({
      ...{ id: 'paris', scopes: ['ingest'], system: 'paris', expires_at: expect.any(String) as string },
      sha256: createHash('sha256').update(key).digest('hex'),
    });
  });

  it.each([
    ['ingest', /^WEBHOOK_PUSH_API_KEY=[0-9a-f]{40}\n$/],
    ['operate,read', /^OPERATOR_API_KEY=[0-9a-f]{40}\n$/],
  ])('makes a variable of a plain key for %s', async (scopes, line) => {
    expect((await ran(['keys', 'create', '--plain', '--scopes', scopes])).out).toMatch(line);
  });

  it('says the version that its image was given', async () => {
    expect((await ran(['version', '--json'], { BRIDGECORE_VERSION: '9.8.7' })).out).toContain('"9.8.7"');
    expect((await ran(['--version'], { BRIDGECORE_VERSION: '9.8.7' })).out).toBe('9.8.7\n');
  });

  it.each([
    ['pull', 'has ended'],
    ['sweep', 'does not sweep'],
  ])('does not say that nothing was new when a worker of a former version does a %s', async (kind, told) => {
    const asked = { job_id: 'job-1', queue: 'odoo-pull', state: 'queued', request_id: 'request-1' };
    const times = { asked_at: '2026-11-26T06:00:00Z', started_at: null, ended_at: null };
    const job = { ...asked, ...times, state: 'done', attempts: 1, result: null, error: null }; // it kept no result until 0.2
    const gateway = createServer((req, res) => res.end(JSON.stringify(req.method === 'POST' ? asked : job)));
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const { port } = gateway.address() as AddressInfo;

    const { code, out } = await ran([kind, 'paris'], {
      BRIDGECORE_URL: `http://127.0.0.1:${port}`,
      OPERATOR_API_KEY: 'k'.repeat(32),
    });
    gateway.close();

    expect(code).toBe(0);
    expect(out).toContain(told);
    expect(out).not.toContain('nothing new');
  });
});
