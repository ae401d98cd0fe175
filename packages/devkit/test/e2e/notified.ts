import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type Behaviour, FakeReceiver } from '../../src/fake-receiver/index';
import { migrate } from '../../src/start/migrate';
import { createTestDatabase, createTestRedis, type TestDatabase } from '../../src/test-stores';
import { until } from '../../src/until';
import { ROOT } from '../deploy/repository';
import { newSecret } from '../fake-receiver-help';
import { OPERATOR_KEY, PUSH_KEY, pushUrlOf } from './hub';
import { RollingFleet } from './rolling-fleet';

/** An event as a subscriber in Odoo pushes it. */
export interface PushedEvent {
  readonly model: string;
  readonly record_id: number;
  readonly event_id: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** What an operator is answered. */
export interface Answered<Content> {
  readonly status: number;
  readonly body: Content;
}

/** What of a subscription, and of a delivery, the tests look at. */
export interface ShownSubscription {
  readonly name: string;
  readonly state: string;
  readonly paused_by: string | null;
  readonly deliveries: { readonly waiting: number; readonly dead: number };
  readonly secrets: readonly { readonly id: string; readonly expires_at: string | null }[];
}
export interface ShownDelivery {
  readonly id: string;
  readonly message_id: string;
  readonly event_id: string;
  readonly state: string;
  readonly attempts: number;
  readonly last_status: number | null;
  readonly attempt_log?: readonly { readonly outcome: string; readonly status: number | null }[];
}

/** Of a subscription, beside its name and its URL. */
export interface Settings {
  readonly filter?: object;
  readonly body?: 'recorded' | 'changed';
  readonly ordered?: boolean;
  readonly rate_per_minute?: number;
  readonly secrets?: readonly string[];
}

/** What the workers and the gateway are told, beside what all tests tell them. */
export interface NotifiedOptions {
  readonly workers: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly workerEnv?: Readonly<Record<string, string>>;
}

/** The services as processes, and receivers that are subscribed through the operators' API. */
export class Notified {
  readonly receivers = new Map<string, FakeReceiver>();
  private gatewayPort = 0;

  private constructor(
    private readonly files: string,
    private readonly database: TestDatabase,
    private readonly sql: Client,
    private readonly gateways: RollingFleet,
    readonly workers: RollingFleet,
  ) {}

  /** Everything is ready when it resolves. */
  static async start({ workers, env = {}, workerEnv = {} }: NotifiedOptions): Promise<Notified> {
    const files = mkdtempSync(join(tmpdir(), 'bridgecore-notified-'));
    const [database, redis] = await Promise.all([createTestDatabase(), createTestRedis()]);
    await migrate(ROOT, files, { PATH: process.env['PATH'] ?? '', DATABASE_URL: database.url });
    const sql = new Client({ connectionString: database.url });
    await sql.connect();
    const shared = {
      ...{ REDIS_URL: redis.url, DATABASE_URL: database.url, SECRET_KEYS_FILE: writeKeys(files) },
      ...{ WEBHOOK_PUSH_API_KEY: PUSH_KEY, OPERATOR_API_KEY: OPERATOR_KEY, WEBHOOK_RATE_LIMIT_PER_MINUTE: '1000000' },
      ...{ NOTIFY_ALLOWED_NETWORKS: '127.0.0.0/8', SHUTDOWN_TIMEOUT_SECONDS: '10', ...env },
    };
    const ignore = (): void => undefined;
    let port = 0;
    const gateways = new RollingFleet(shared, (listening) => (port = listening));
    const notified = new Notified(
      files,
      database,
      sql,
      gateways,
      new RollingFleet({ ...shared, ...workerEnv }, ignore),
    );
    const isPulled = 'ODOO_URL' in env;
    const others = [gateways.start('gateway'), ...(isPulled ? [gateways.start('scheduler')] : [])];
    await Promise.all([...others, ...Array.from({ length: workers }, () => notified.workers.start('worker'))]);
    notified.gatewayPort = port;
    const isAsked = async (): Promise<boolean> => (await notified.operate('GET', 'subscriptions')).status === 200;
    await until(isAsked, { what: 'the gateway to reach PostgreSQL', timeoutMs: 30_000 }); // it is ready without
    return notified;
  }

  /** A receiver that is closed in the end. */
  async receiver(name: string, behaviour: Behaviour, seed = 1): Promise<FakeReceiver> {
    const receiver = new FakeReceiver({ secrets: [newSecret()], behaviour, seed });
    this.receivers.set(name, receiver);
    await receiver.listen();
    return receiver;
  }

  /** One with a subscription of its name, which is signed with a secret that BridgeCore has made unless one is given. */
  async subscribe(name: string, behaviour: Behaviour, settings: Settings = {}, seed = 1): Promise<FakeReceiver> {
    const receiver = await this.receiver(name, behaviour, seed);
    const { url } = receiver;
    const { status, body } = await this.operate<{ secret: string }>('POST', 'subscriptions', {
      name,
      url,
      ...settings,
    });
    if (status !== 201) throw new Error(`${name} was not subscribed: ${status} ${JSON.stringify(body)}`);
    receiver.setSecrets(settings.secrets ?? [body.secret]);
    return receiver;
  }

  /** One call of the operators' API. */
  async operate<Content>(method: string, path: string, content?: object): Promise<Answered<Content>> {
    const answer = await fetch(`http://127.0.0.1:${this.operatorPort}/api/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': 'application/json' },
      ...(content === undefined ? {} : { body: JSON.stringify(content) }),
    });
    return { status: answer.status, body: (await answer.json()) as Content };
  }

  async subscription(name: string): Promise<ShownSubscription> {
    return (await this.operate<ShownSubscription>('GET', `subscriptions/${name}`)).body;
  }

  async deliveries(query: string): Promise<readonly ShownDelivery[]> {
    const { body } = await this.operate<{ deliveries: readonly ShownDelivery[] }>('GET', `deliveries?${query}`);
    return body.deliveries;
  }

  async delivery(id: string): Promise<ShownDelivery> {
    return (await this.operate<ShownDelivery>('GET', `deliveries/${id}`)).body;
  }

  /** Pushes a batch, and again until it is taken. */
  async push(events: readonly PushedEvent[]): Promise<void> {
    const batch = { batch: true, events: events.map((event) => ({ event: 'write', data: {}, ...event })) };
    const headers = { authorization: `Bearer ${PUSH_KEY}`, 'content-type': 'application/json' };
    const body = JSON.stringify(batch);
    const isTaken = async (): Promise<boolean> =>
      (await fetch(pushUrlOf(this.gatewayPort), { method: 'POST', headers, body })).ok;
    await until(isTaken, { what: 'a push to be taken' });
  }

  async rows<Row extends object>(statement: string): Promise<Row[]> {
    return (await this.sql.query<Row>(statement)).rows;
  }

  /** The ids of the events that were recorded of these models, or of all, in order. */
  async eventIds(...models: readonly string[]): Promise<string[]> {
    const wanted = models.length === 0 ? '' : `where model in (${models.map((model) => `'${model}'`).join(', ')})`;
    return (await this.rows<{ id: string }>(`select id from webhook_events ${wanted} order by id`)).map(({ id }) => id);
  }

  async stop(): Promise<void> {
    await Promise.all([this.workers.end(), this.gateways.end()]);
    await Promise.all([...this.receivers.values()].map((receiver) => receiver.close()));
    await this.sql.end();
    await this.database.drop();
    rmSync(this.files, { recursive: true });
  }

  private get operatorPort(): number {
    return Number(this.gateways.named('gateway.started')[0]?.['operator_port']);
  }
}

/** The key that secrets are encrypted with, as an operator declares it. */
function writeKeys(files: string): string {
  const path = join(files, 'secret-keys.json');
  const key = { kty: 'oct', kid: 'k-1', alg: 'A256GCM', k: randomBytes(32).toString('base64url') };
  writeFileSync(path, JSON.stringify({ keys: [key] }), { mode: 0o600 });
  return path;
}

/** The ids of the events that a receiver accepted, each once, in the order in which it accepted them. */
export function eventsOf(receiver: FakeReceiver): string[] {
  return receiver.distinct.map(({ body }) => String(body.data['id']));
}

export function inOrder(ids: readonly string[]): string[] {
  return [...ids].sort((one, other) => Number(one) - Number(other));
}
