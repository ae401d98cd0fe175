import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '../src/until';
import { deliver, newSecret } from './fake-receiver-help';

const MAIN = join(__dirname, '../src/fake-receiver/main.js');

interface Run {
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly output: () => string;
  readonly errors: () => string;
  readonly exit: Promise<number | null>;
}

function run(args: readonly string[]): Run {
  const child = spawn(process.execPath, [MAIN, ...args]);
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exit = once(child, 'close').then(([code]) => code as number | null);
  return { kill: (signal) => child.kill(signal), output: () => output, errors: () => errors, exit };
}

async function urlOf({ output }: Run): Promise<string> {
  const line = await until(() => /^(\{"ready".*\})\n/.exec(output())?.[1], { what: 'the ready line' });
  return (JSON.parse(line) as { url: string }).url;
}

describe('the process of the fake receiver', () => {
  it('has told what it accepted when it is killed, and stops cleanly when it is asked to', async () => {
    const secret = newSecret();
    const killed = run(['--secret', secret]);
    const url = await urlOf(killed);
    await deliver(url, { id: 'msg_1', secrets: [secret] });
    killed.kill('SIGKILL');
    await killed.exit;

    const next = run(['--secret', newSecret(), '--secret', secret, '--port', new URL(url).port]);
    const again = await urlOf(next);
    await deliver(again, { id: 'msg_2', secrets: [secret] });
    next.kill('SIGTERM');
    const code = await next.exit;

    expect(again).toBe(url);
    expect([killed, next].map(({ output }) => /"id":"(\w+)"/.exec(output())?.[1])).toEqual(['msg_1', 'msg_2']);
    expect([code, next.errors()]).toEqual([0, '']);
  });

  it('explains itself', async () => {
    const help = run(['--help']);

    expect(await help.exit).toBe(0);
    expect(help.output()).toContain('--behaviour');
  });

  it.each([
    [['--secret', 'whsec_x', '--bogus'], "Unknown option '--bogus'"],
    [['--secret', 'whsec_x', '--port', 'x'], '--port takes a whole number'],
    [['--secret', newSecret(), '--behaviour', '{"kind":"moody"}'], '--behaviour takes one as'],
    [['--secret', 'whsec_x'], '--secret takes whsec_ and 24 to 64 bytes in base64'],
    [[], '--secret or FAKE_RECEIVER_SECRETS is needed'],
  ])('refuses %j with exit code 64', async (args, message) => {
    const receiver = run(args);

    expect(await receiver.exit).toBe(64);
    expect(receiver.errors()).toContain(message);
  });
});
