import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

interface Line extends Record<string, unknown> {
  readonly message: string;
}

/** Runs the process, sends the signals each after the line that it waits for, and returns the messages and the exit code. */
async function run(
  scenario: string,
  signals: [line: string, signal: NodeJS.Signals][],
): Promise<[messages: string[], code: unknown, lines: Line[]]> {
  const child = spawn(process.execPath, [join(__dirname, 'shutdown-process.js'), scenario], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines: Line[] = [];
  for await (const text of createInterface(child.stdout)) {
    const line = JSON.parse(text) as Line;
    lines.push(line);
    if (line.message === signals[0]?.[0]) child.kill(signals.shift()?.[1]);
  }
  const [code] = (await ended) as unknown[];
  return [lines.map(({ message }) => message), code, lines];
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
    const [messages, code, lines] = await run('hangs', [['ready', 'SIGTERM']]);

    expect(messages.slice(2)).toEqual(['closed last', 'closing stubborn', 'shutdown.timeout']);
    expect(lines.at(-1)).toMatchObject({ closing: 'stubborn', in_hand: ['stubborn: job 5'] });
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

  it('says at once that it has begun, and closes after the delay', async () => {
    const [messages, code, lines] = await run('delayed', [['ready', 'SIGTERM']]);

    expect(messages.slice(1)).toEqual([
      ...['shutdown.started', 'begun true', 'shutdown.draining', 'closed last', 'closed first', 'shutdown.done'],
    ]);
    const [started, done] = [lines[1], lines.at(-1)];
    expect(started).toMatchObject({ reason: 'SIGTERM', delay_seconds: 0.3 });
    const waited = (done?.['waited_ms'] as Record<string, number>)['slow'] ?? 0;
    expect(waited).toBeGreaterThanOrEqual(49);
    expect(done?.['duration_ms']).toBeGreaterThanOrEqual(waited + 299);
    expect(code).toBe(0);
  });

  it('ends at once when asked a second time during the delay', async () => {
    const [messages, code] = await run('delayed-twice', [
      ['ready', 'SIGTERM'],
      ['begun true', 'SIGTERM'],
    ]);

    expect(messages.at(-1)).toBe('begun true');
    expect(code).toBe(1);
  });

  it('may be listened to by any number of runs, and nobody is warned of a leak', async () => {
    const [lines] = await run('awaited', [['ready', 'SIGTERM']]);

    expect(lines).toEqual(['ready', 'shutdown.started', 'closed last', 'closed first', 'shutdown.done']);
  });

  it('closes each thing once, also what was opened meanwhile', async () => {
    const [lines] = await run('late', [['ready', 'SIGTERM']]);

    expect(lines.slice(2)).toEqual(['closed last', 'closed late', 'closed first', 'shutdown.done']);
  });

  it('closes everything without any delay and exits with 1 after a bug that nobody caught', async () => {
    const [lines, code] = await run('crashes', []);

    expect(lines).toEqual([
      'ready',
      'process.crashed',
      'shutdown.started',
      'begun true',
      'closed last',
      'closed first',
      'shutdown.done',
    ]);
    expect(code).toBe(1);
  });
});
