import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '@bridgecore/devkit';

let child: ChildProcess | undefined;

afterEach(async () => {
  if (child?.exitCode === null && child.kill('SIGKILL')) await once(child, 'close');
});

interface Talking {
  lines(): Record<string, unknown>[];
  named(message: string): Record<string, unknown>[];
  /** Has it write one debug line, and waits until it has or has not. */
  ask(): Promise<unknown>;
  signal(): Promise<unknown>;
}

async function start(LOG_LEVEL: string): Promise<Talking> {
  const env = { PATH: process.env['PATH'], LOG_LEVEL };
  const started = spawn(process.execPath, [join(__dirname, 'log-level-process.js')], {
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child = started;
  let output = '';
  started.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const lines = (): Record<string, unknown>[] =>
    output
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const named = (message: string): Record<string, unknown>[] => lines().filter((line) => line['message'] === message);
  const next = (message: string, act: () => unknown): Promise<unknown> => {
    const before = named(message).length;
    act();
    return until(() => named(message).length > before, { what: message });
  };
  await next('started', () => undefined);
  return {
    lines,
    named,
    ask: () => next('answered', () => started.stdin.write('?\n')),
    signal: () => next('log.level_changed', () => started.kill('SIGUSR2')),
  };
}

describe('SIGUSR2', () => {
  it('lets a running process tell more, and at the next time less again', async () => {
    const running = await start('info');
    await running.ask();
    const before = running.named('asked').length;

    await running.signal();
    await running.ask();
    const meanwhile = running.named('asked').length;
    await running.signal();
    await running.ask();

    expect([before, meanwhile, running.named('asked').length]).toEqual([0, 1, 1]);
    expect(running.named('log.level_changed')).toMatchObject([
      { level: 'info', from: 'info', to: 'debug' },
      { from: 'debug', to: 'info' },
    ]);
  });

  it('is told also where only errors are logged', async () => {
    const running = await start('error');

    await running.signal();
    await running.signal();

    expect(running.named('log.level_changed')).toMatchObject([{ to: 'debug' }, { to: 'error' }]);
  });
});
