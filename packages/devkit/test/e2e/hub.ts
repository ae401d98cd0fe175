import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { untilReady } from '../../src/start/ready';
import { migrate } from '../../src/start/migrate';
import { Service } from '../../src/start/service';

const ROOT = resolve(__dirname, '../../../../..');

/** The keys of every hub in the tests. */
export const PUSH_KEY = 'push-key-of-the-tests-'.padEnd(40, 'x');
export const OPERATOR_KEY = 'operator-key-of-the-tests-'.padEnd(40, 'x');
export const ODOO_KEY = 'odoo-key-of-the-tests';

/** Where Odoo pushes to when the gateway listens on this port. */
export const pushUrlOf = (port: number): string => `http://127.0.0.1:${port}/api/v1/webhooks/receive`;

/** What a hub runs on, and what is different from the defaults. */
export interface HubOptions {
  readonly redisUrl: string;
  readonly databaseUrl: string;
  readonly odooUrl?: string;
  /** Of the gateway's public side; the simulator wants to know it first. */
  readonly port: number;
  readonly workers?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** The three services as processes of their own, as they are deployed. */
export interface Hub {
  readonly pushUrl: string;
  readonly gatewayUrl: string;
  readonly operatorUrl: string;
  /** Where the scheduler and the first worker tell how they are. */
  readonly schedulerUrl: string;
  readonly workerUrl: string;
  rows<Row extends object>(sql: string): Promise<Row[]>;
  stop(): Promise<void>;
}

/** Applies the migrations and starts everything; resolves when every service is ready. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { redisUrl, databaseUrl, odooUrl, port, workers = 1 } = options;
  const logs = mkdtempSync(join(tmpdir(), 'bridgecore-hub-'));
  const base = {
    ...{ PATH: process.env['PATH'] ?? '', REDIS_URL: redisUrl, DATABASE_URL: databaseUrl, LOG_FORMAT: 'json' },
    ...{ WEBHOOK_PUSH_API_KEY: PUSH_KEY, OPERATOR_API_KEY: OPERATOR_KEY, WEBHOOK_RATE_LIMIT_PER_MINUTE: '1000000' },
    ...(odooUrl === undefined ? {} : { ODOO_URL: odooUrl, ODOO_WEBHOOK_API_KEY: ODOO_KEY }),
    ...{ ODOO_SYNC_INTERVAL_SECONDS: '1', ...options.env },
  };
  await migrate(ROOT, logs, base);
  const programs = ['gateway', 'scheduler', ...Array<string>(workers).fill('worker')];
  const all = programs.map((kind, index) => spawn(kind, logs, { ...base, PORT: String(port) }, `${kind}-${index}`));
  const started = await Promise.all(all.map((program) => program.started));
  const ports = started.map(({ port: gateway, health_port: health }) => gateway ?? health);
  const ready = (index: number): string => `http://127.0.0.1:${ports[index] ?? 0}/health/ready`;
  await Promise.all(all.map(({ service }, index) => untilReady(service, ready(index), new AbortController().signal)));
  return {
    gatewayUrl: `http://127.0.0.1:${port}`,
    pushUrl: pushUrlOf(port),
    operatorUrl: `http://127.0.0.1:${started[0]?.operator_port ?? 0}`,
    schedulerUrl: `http://127.0.0.1:${ports[1] ?? 0}`,
    workerUrl: `http://127.0.0.1:${ports[2] ?? 0}`,
    rows: (sql) => query(databaseUrl, sql),
    stop: async () => {
      await Promise.all(all.map(({ service }) => service.stop()));
      rmSync(logs, { recursive: true, force: true });
    },
  };
}

/** What a service says of itself when it listens. */
interface Started {
  readonly port?: number;
  readonly operator_port?: number;
  readonly health_port?: number;
}

interface Program {
  readonly service: Service;
  readonly started: Promise<Started>;
}

/** Ports of 0: the system gives a free one, and the service's first line names it. */
function spawn(kind: string, logs: string, given: Record<string, string>, name: string): Program {
  const script = join(ROOT, 'services', kind, 'dist/src/main.js');
  const env = { ...given, OPERATOR_PORT: '0', HEALTH_PORT: '0' };
  const ignore = (): void => undefined;
  let found: (started: Started) => void = ignore;
  let lost: (reason: Error) => void = ignore;
  const started = new Promise<Started>((resolve, reject) => ([found, lost] = [resolve, reject]));
  const line = (text: string): void => {
    if (text.includes(`"${kind}.started"`)) found(JSON.parse(text) as Started);
  };
  const died = (dead: Service, how: string): void => lost(new Error(`${name} ended (${how}): ${dead.lastLines}`));
  const service = new Service({ name, script, env, logs }, { line, died, began: ignore, ended: ignore });
  service.start();
  return { service, started };
}

async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
