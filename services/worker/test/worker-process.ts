import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { until } from '@bridgecore/devkit';

/** A line of a worker's log. */
export interface LogLine {
  readonly message: string;
  readonly [field: string]: unknown;
}

/** The real worker as a process of its own: to be frozen, and to be killed. */
export interface WorkerProcess {
  readonly lines: readonly LogLine[];
  /** Resolves with the first line of this name that has these fields. */
  logged(message: string, fields?: Readonly<Record<string, unknown>>): Promise<LogLine>;
  signal(name: NodeJS.Signals): void;
  /** Resolves with its exit code; null when it was killed. */
  readonly exit: Promise<number | null>;
  kill(): Promise<void>;
}

const MAIN = resolve(__dirname, '../src/main.js');

/** Resolves when it works off its queues. */
export async function startWorker(env: Readonly<Record<string, string>>): Promise<WorkerProcess> {
  const basics = { PATH: process.env['PATH'] ?? '', LOG_FORMAT: 'json', HEALTH_PORT: '0', HEALTH_HOST: '127.0.0.1' };
  const child = spawn(process.execPath, [MAIN], { env: { ...basics, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'close').then(([code]) => code as number | null);
  const lines: LogLine[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line) as LogLine));
  const find = (message: string, fields: Readonly<Record<string, unknown>> = {}): LogLine | undefined =>
    lines.find((line) => {
      return line.message === message && Object.entries(fields).every(([name, value]) => line[name] === value);
    });
  const worker: WorkerProcess = {
    ...{ lines, exit },
    logged: (message, fields) => {
      return until(() => find(message, fields), { what: `${message} of a worker`, timeoutMs: 20_000 });
    },
    signal: (name) => void child.kill(name),
    kill: () => end(child),
  };
  await worker.logged('worker.started');
  return worker;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}
