import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '@bridgecore/devkit';
import { get } from './calls';
import { LogLine } from './running-gateway';
import { OPERATOR_KEY, PUSH_KEY } from './test-keys';

const MAIN = join(__dirname, '../src/main.js');

/** A PostgreSQL that is never there. */
export const NOWHERE = 'postgres://bridge:database-secret@127.0.0.1:9/nowhere';

/** A gateway as a process of its own, with all that it wrote. */
export interface GatewayProcess {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly errors: () => string;
  readonly exit: Promise<number | null>;
  /** Known once it has started. */
  readonly url: string;
  readonly operatorUrl: string;
}

const running: ChildProcess[] = [];

/** Ends those that a test has left running. */
export async function endGateways(): Promise<void> {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}

/** Starts `main.js` with just these variables. */
export function startGateway(env: Record<string, string>): Omit<GatewayProcess, 'url' | 'operatorUrl'> {
  const child = spawn(process.execPath, [MAIN], { env: { PATH: process.env['PATH'], ...env } });
  running.push(child);
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const exit = once(child, 'close').then(([code]) => code as number | null);
  return { child, output: () => output, errors: () => errors, exit };
}

/** A gateway on free ports with both plain keys, that is ready to take pushes. */
export async function startReadyGateway(env: Record<string, string>): Promise<GatewayProcess> {
  const gateway = startGateway({
    ...{
      PORT: '0',
      HOST: '127.0.0.1',
      OPERATOR_PORT: '0',
      LOG_FORMAT: 'json',
      WEBHOOK_RATE_LIMIT_PER_MINUTE: '100000',
    },
    ...{ WEBHOOK_PUSH_API_KEY: PUSH_KEY, OPERATOR_API_KEY: OPERATOR_KEY },
    ...env,
  });
  const what = 'the gateway to start';
  const started = await until(() => linesOf(gateway).find(({ message }) => message === 'gateway.started'), {
    what,
    timeoutMs: 20_000,
  });
  const [url, operatorUrl] = [started['port'], started['operator_port']].map(
    (port) => `http://127.0.0.1:${String(port)}`,
  );
  await until(async () => (await get(`${String(url)}/health/ready`)).status === 200, {
    what: 'the gateway to be ready',
  });
  return { ...gateway, url: String(url), operatorUrl: String(operatorUrl) };
}

/** What it wrote to its log, as far as each line is complete. */
export function linesOf({ output }: Pick<GatewayProcess, 'output'>): LogLine[] {
  const lines = output().split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as LogLine);
}
