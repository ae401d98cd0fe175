import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort } from '../stack/free-port';
import type { Guard } from '../start/fleet';
import { untilReady } from '../start/ready';
import { Service } from '../start/service';
import type { LogLines } from './log-lines';

const ROOT = resolve(__dirname, '../../../../..');
const OPERATOR_KEY = 'operator-key-of-the-drill-'.padEnd(40, 'x');

/** What one system is called, and what opens it. */
export interface DrilledSystem {
  readonly id: string;
  /** As the workers reach it. */
  readonly url: string;
  readonly odooKey: string;
  readonly pushKey: string;
}

/** What the services run on. */
export interface ServicesSetup {
  readonly dir: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  readonly systems: readonly DrilledSystem[];
  readonly replicas: Replicas;
  readonly ports: ServicePorts;
  readonly lines: LogLines;
  /** Ends them before the stores, should the drill itself be killed. */
  readonly guard: Guard;
  /** What the workers get beside the rest, for the mutants. */
  readonly workerEnv: Readonly<Record<string, string>>;
}

/** The services by what they are. */
export type ServiceKind = 'gateway' | 'scheduler' | 'worker';

/** How many there are of each. */
export type Replicas = Readonly<Record<ServiceKind, number>>;

/** Where each replica listens: a gateway also for operators, the others for their health only. */
export interface ServicePorts {
  readonly gateways: readonly number[];
  readonly operators: readonly number[];
  readonly health: ReadonlyMap<string, number>;
}

/** Free ports for all of them, which they keep when they are started again. */
export async function choosePorts(replicas: Replicas): Promise<ServicePorts> {
  const several = (count: number): Promise<number[]> => Promise.all(Array.from({ length: count }, () => freePort()));
  const others = (['scheduler', 'worker'] as const).flatMap((kind) => namesOf(kind, replicas));
  const ports = await several(others.length);
  const health = new Map(others.map((name, index) => [name, ports[index] ?? 0]));
  return { gateways: await several(replicas.gateway), operators: await several(replicas.gateway), health };
}

const namesOf = (kind: ServiceKind, replicas: Replicas): string[] =>
  Array.from({ length: replicas[kind] }, (_, at) => `${kind}-${at + 1}`);

/** Everything happens in seconds that takes minutes in production, so that a short drill meets it all. */
const IMPATIENT = {
  ODOO_SYNC_INTERVAL_SECONDS: '1',
  ODOO_SYNC_BATCH_SIZE: '10',
  ODOO_SYNC_LOCK_TTL_SECONDS: '3',
  ODOO_SYNC_SWEEP_EVERY: '3',
  ODOO_TIMEOUT_SECONDS: '2',
  ODOO_BREAKER_SECONDS: '2',
  WORKER_JOB_LOCK_SECONDS: '3',
  DEAD_LETTER_MOVE_SECONDS: '1',
  NOTIFY_ALLOWED_NETWORKS: '127.0.0.1',
  NOTIFY_TIMEOUT_SECONDS: '2',
  NOTIFY_BACKOFF_SECONDS: '1',
  NOTIFY_ATTEMPTS: '30',
  SHUTDOWN_TIMEOUT_SECONDS: '10',
  WEBHOOK_RATE_LIMIT_PER_MINUTE: '1000000',
  LOG_FORMAT: 'json',
} as const;

/** The three services with their replicas, each a process of its own, as they are deployed. */
export class DrilledServices {
  readonly all: readonly Service[];
  private readonly env: Readonly<Record<string, string>>;

  constructor(private readonly setup: ServicesSetup) {
    const { redisUrl, databaseUrl } = setup;
    this.env = {
      ...{ PATH: process.env['PATH'] ?? '', REDIS_URL: redisUrl, DATABASE_URL: databaseUrl, ...IMPATIENT },
      ...{ OPERATOR_API_KEY: OPERATOR_KEY, ...writeFiles(setup) },
    };
    const kinds: readonly ServiceKind[] = ['gateway', 'scheduler', 'worker'];
    this.all = kinds.flatMap((kind) =>
      namesOf(kind, setup.replicas).map((name, index) => this.create(kind, name, index)),
    );
  }

  /** Starts all and waits for each to be ready. */
  async start(): Promise<void> {
    await Promise.all(
      this.all.map((service) => {
        service.start();
        return this.ready(service);
      }),
    );
  }

  ready(service: Service): Promise<void> {
    const { gateways, health } = this.setup.ports;
    const port = health.get(service.name) ?? gateways[this.of('gateway').indexOf(service)] ?? 0;
    return untilReady(service, `http://127.0.0.1:${port}/health/ready`, new AbortController().signal);
  }

  of(kind: ServiceKind): readonly Service[] {
    return this.all.filter(({ name }) => name.startsWith(`${kind}-`));
  }

  /** One call of the operators' API. */
  async operate(path: string, body: object): Promise<Record<string, unknown>> {
    const answer = await fetch(`http://127.0.0.1:${this.setup.ports.operators[0] ?? 0}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  async stop(): Promise<void> {
    for (const kind of ['gateway', 'scheduler', 'worker'] as const) {
      await Promise.all(this.of(kind).map((service) => service.stop()));
    }
  }

  private create(kind: ServiceKind, name: string, index: number): Service {
    const { dir, ports, lines, workerEnv, guard } = this.setup;
    const script = join(ROOT, 'services', kind, 'dist/src/main.js');
    const health = { HOST: '127.0.0.1', HEALTH_HOST: '127.0.0.1', HEALTH_PORT: String(ports.health.get(name) ?? 0) };
    const own = { PORT: String(ports.gateways[index] ?? 0), OPERATOR_PORT: String(ports.operators[index] ?? 0) };
    const extra = kind === 'worker' ? workerEnv : {};
    const ignore = (): void => undefined;
    return new Service(
      { name, script, env: { ...this.env, ...health, ...own, ...extra }, logs: join(dir, 'logs') },
      {
        began: (pid) => void guard.guard(pid).catch(ignore),
        ended: (pid) => void guard.unguard(pid).catch(ignore),
        died: (service, how) => {
          lines.died(service.name, how, service.lastLines);
          service.start(); // as its supervisor would
        },
        line: (text) => {
          lines.take(name, text);
        },
      },
    );
  }
}

/** The systems and the keys as an operator declares them. */
function writeFiles({
  dir,
  systems,
}: ServicesSetup): Record<'SYSTEMS_FILE' | 'API_KEYS_FILE' | 'SECRET_KEYS_FILE', string> {
  const SYSTEMS_FILE = join(dir, 'systems.json');
  const API_KEYS_FILE = join(dir, 'keys.json');
  const SECRET_KEYS_FILE = join(dir, 'secret-keys.json');
  const declared = systems.map(({ id, url, odooKey }) => ({ id, url, webhook_api_key: odooKey }));
  const sha256 = (key: string): string => createHash('sha256').update(key).digest('hex');
  const keys = systems.map(({ id, pushKey }) => ({ id, sha256: sha256(pushKey), scopes: ['ingest'], system: id }));
  writeFileSync(SYSTEMS_FILE, JSON.stringify({ systems: declared }));
  writeFileSync(API_KEYS_FILE, JSON.stringify({ keys }));
  const secretKey = { kty: 'oct', kid: 'drill', alg: 'A256GCM', k: randomBytes(32).toString('base64url') };
  writeFileSync(SECRET_KEYS_FILE, JSON.stringify({ keys: [secretKey] }), { mode: 0o600 });
  return { SYSTEMS_FILE, API_KEYS_FILE, SECRET_KEYS_FILE };
}
