import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { freePort } from '../../stack/free-port';
import { type Stack, startStack } from '../../stack/stack';
import { Fleet } from '../../start/fleet';
import { migrate } from '../../start/migrate';
import { untilReady } from '../../start/ready';
import { Service } from '../../start/service';
import { until } from '../../until';

const ROOT = join(__dirname, '../../../../../..');
const LOGS = join(ROOT, '.bridgecore/bench');

/** One round of the clean-up as its log line tells it; times by the clock. */
export interface CleanUpRun {
  readonly from: number;
  readonly to: number;
  readonly deleted: number;
  readonly dropped: number;
}

/** A gateway and a worker as processes, on stores of their own. */
export interface Hub {
  readonly databaseUrl: string;
  /** Asks for a clean-up as an operator does, and resolves when the worker has done it. */
  cleanUp(): Promise<CleanUpRun>;
  close(): Promise<void>;
}

/** Starts it all, and waits until it is ready. */
export async function openHub(retentionDays: number, say: (text: string) => void): Promise<Hub> {
  const stack = await startStack({ log: say });
  const jobs: CleanUpRun[] = [];
  const line = (text: string): void => void jobs.push(...runIn(text));
  const fleet = new Fleet({ guard: stack, line, say: () => undefined });
  const close = async (): Promise<void> => {
    await fleet.stop(['gateway', 'worker'], new AbortController().signal);
    await stack.stop();
  };
  try {
    const { operate } = await startServices(fleet, stack, retentionDays);
    return { databaseUrl: stack.databaseUrl, cleanUp: () => cleanUp(jobs, operate), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function cleanUp(jobs: readonly CleanUpRun[], operate: () => Promise<Response>): Promise<CleanUpRun> {
  const before = jobs.length;
  const answer = await operate();
  if (answer.status !== 202) throw new Error(`the gateway answered ${answer.status}: ${await answer.text()}`);
  return until(() => jobs[before], { what: 'the clean-up', timeoutMs: 3_600_000, intervalMs: 100 });
}

/** The worker's line about a clean-up, if it is one. */
function runIn(text: string): CleanUpRun[] {
  const line = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
  if (line['message'] !== 'job.done' || line['kind'] !== 'clean-up') return [];
  const to = Date.parse(String(line['timestamp']));
  const { audit_logs: deleted = 0 } = line['deleted'] as Record<string, number>;
  const { length: dropped } = line['dropped'] as unknown[];
  return [{ from: to - Number(line['duration_ms']), to, deleted, dropped }];
}

async function startServices(
  fleet: Fleet,
  { redisUrl, databaseUrl }: Stack,
  retentionDays: number,
): Promise<{ operate: () => Promise<Response> }> {
  const [port, operatorPort, healthPort] = [await freePort(), await freePort(), await freePort()];
  const key = randomBytes(20).toString('hex');
  const stores = { REDIS_URL: redisUrl, DATABASE_URL: databaseUrl };
  const shared = { ...stores, PATH: process.env['PATH'] ?? '', LOG_FORMAT: 'json', HOST: '127.0.0.1' };
  await migrate(ROOT, LOGS, shared);
  const start = (name: string, env: Record<string, string>): Service =>
    fleet.add(new Service({ name, logs: LOGS, script: join(ROOT, 'services', name, 'dist/src/main.js'), env }, fleet));
  const gateway = start('gateway', {
    ...{ ...shared, PORT: String(port), OPERATOR_PORT: String(operatorPort) },
    ...{ WEBHOOK_PUSH_API_KEY: randomBytes(20).toString('hex'), OPERATOR_API_KEY: key },
  });
  const worker = start('worker', {
    ...{ ...shared, HEALTH_HOST: '127.0.0.1', HEALTH_PORT: String(healthPort) },
    AUDIT_RETENTION_DAYS: String(retentionDays),
  });
  const { signal } = new AbortController();
  await untilReady(gateway, `http://127.0.0.1:${port}/health/ready`, signal);
  await untilReady(worker, `http://127.0.0.1:${healthPort}/health/ready`, signal);
  const url = `http://127.0.0.1:${operatorPort}/api/v1/audit/clean-up`;
  return { operate: () => fetch(url, { method: 'POST', headers: { authorization: `Bearer ${key}` } }) };
}
