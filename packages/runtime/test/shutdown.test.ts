import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Runs the process, sends the signals each after the line that it waits for, and returns the lines and the exit code. */
async function run(scenario: string, signals: [line: string, signal: NodeJS.Signals][]): Promise<[string[], unknown]> {
  const child = spawn(process.execPath, [join(__dirname, 'shutdown-process.js'), scenario], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines: string[] = [];
  for await (const text of createInterface(child.stdout)) {
    const { message } = JSON.parse(text) as { message: string };
    lines.push(message);
    if (message === signals[0]?.[0]) child.kill(signals.shift()?.[1]);
  }
  const [code] = (await ended) as unknown[];
  return [lines, code];
}

describe('Shutdown', () => {
  it('closes in reverse what was opened in order', async () => {
    const [lines, code] = await run('plain', [['ready', 'SIGTERM']]);

    expect(lines).toEqual(['ready', 'shutdown.started', 'closed last', 'closed first', 'shutdown.done']);
    expect(code).toBe(0);
  });

  it('goes on and exits with 1 when a step fails', async () => {
    const [lines, code] = await run('fails', [['ready', 'SIGINT']]);

    expect(lines.slice(2)).toEqual(['closed last', 'shutdown.step_failed', 'closed first', 'shutdown.done']);
    expect(code).toBe(1);
  });

  it('gives up when a step takes longer than allowed', async () => {
    const [lines, code] = await run('hangs', [['ready', 'SIGTERM']]);

    expect(lines.slice(2)).toEqual(['closed last', 'closing stubborn', 'shutdown.timeout']);
    expect(code).toBe(1);
  });

  it('ends at once when asked a second time', async () => {
    const [lines, code] = await run('twice', [
      ['ready', 'SIGINT'],
      ['closing stubborn', 'SIGINT'],
    ]);

    expect(lines.at(-1)).toBe('closing stubborn');
    expect(code).toBe(1);
  });

  it('closes each thing once, also what was opened meanwhile', async () => {
    const [lines] = await run('late', [['ready', 'SIGTERM']]);

    expect(lines.slice(2)).toEqual(['closed last', 'closed late', 'closed first', 'shutdown.done']);
  });

  it('closes everything and exits with 1 after a bug that nobody caught', async () => {
    const [lines, code] = await run('crashes', []);

    expect(lines).toEqual([
      'ready',
      'process.crashed',
      'shutdown.started',
      'closed last',
      'closed first',
      'shutdown.done',
    ]);
    expect(code).toBe(1);
  });
});
