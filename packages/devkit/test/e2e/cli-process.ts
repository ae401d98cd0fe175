import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';

const SCRIPT = resolve(__dirname, '../../../../../services/cli/dist/src/main.js');
const PATIENCE_MS = 60_000;

/** How one command line has ended. */
export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The environment of the command line in a test: nothing but what the test says. */
export type CliEnvironment = Readonly<Record<string, string>>;

/** Starts the command line as a process of its own, as an operator does; what it prints goes to pipes. */
export function startCli(args: readonly string[], env: CliEnvironment): ChildProcess {
  const { PATH = '' } = process.env;
  return spawn(process.execPath, [SCRIPT, ...args], {
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
}

/** Runs it to its end. */
export async function cli(args: readonly string[], env: CliEnvironment): Promise<CliRun> {
  const child = startCli(args, env);
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((done) => child.once('close', done));
  return { code, stdout, stderr };
}

/** The same, with the answer as JSON. */
export async function cliJson<T>(args: readonly string[], env: CliEnvironment): Promise<CliRun & { readonly json: T }> {
  const run = await cli([...args, '--json'], env);
  return { ...run, json: JSON.parse(run.stdout) as T };
}
