import { randomBytes } from 'node:crypto';
import { Registry } from 'prom-client';
import { networksOf, parseSubscription } from '@bridgecore/contracts';
import { insertSecret, insertSubscription, secretOwner } from '@bridgecore/database';
import { until } from '@bridgecore/devkit';
import { createMetrics, Sealer } from '@bridgecore/runtime';
import { NotifyConfig } from '../src/notify/config';
import { Messages } from '../src/notify/deliver';
import { openNotify } from '../src/notify/open-notify';
import { openReceiver, Receiver } from './receiver';
import { MemoryLog, memoryLog, openWorkerStack, WorkerStack } from './worker-stack';

/** Of a test, which does not wait for seconds. */
export const QUICK = { NOTIFY_TIMEOUT_SECONDS: 5, NOTIFY_BACKOFF_SECONDS: 3_600 };

/** A worker as far as it sends. */
export interface TestDispatcher {
  readonly log: MemoryLog;
  readonly metrics: Registry;
  ring(): void;
  inHand(): readonly string[];
  /** As a worker ends: nothing more is begun, and what is under way is settled. */
  end(): Promise<void>;
}

export interface DispatchOptions {
  readonly config?: Partial<NotifyConfig>;
  readonly allowed?: string;
  readonly messages?: Messages;
  readonly sealer?: Sealer;
  readonly pool?: WorkerStack['pool'];
}

export interface SubscribeOptions {
  readonly name?: string;
  readonly ordered?: boolean;
  readonly body?: 'recorded' | 'changed';
  readonly rate_per_minute?: number;
  /** Given: its secrets; otherwise one. */
  readonly secrets?: readonly string[];
}

/** Of an event that is to be sent. */
export interface TestEvent {
  readonly record_id?: number;
  readonly data?: object;
}

export interface DeliveryRow {
  readonly id: string;
  readonly state: string;
  readonly attempts: number;
  readonly claim: string | null;
  readonly next_attempt_at: Date;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly message_id: string;
}

export const newSecret = (): string => `whsec_${randomBytes(24).toString('base64')}`;
export const newSealer = (kid = '2026'): Sealer => new Sealer([{ kid, bytes: randomBytes(32) }]);

/** Subscriptions and deliveries on a real PostgreSQL, and workers that send. */
export class NotifyStack {
  /** What secrets are sealed with. */
  readonly key = randomBytes(32);
  readonly sealer = new Sealer([{ kid: '2026', bytes: this.key }]);
  private marks: Receiver | undefined;
  private readonly open = new Set<TestDispatcher>();

  private constructor(readonly stack: WorkerStack) {}

  static async open(): Promise<NotifyStack> {
    return new NotifyStack(await openWorkerStack({ max: 16 }));
  }

  /** Ends who sends, and empties the tables. */
  async begin(): Promise<void> {
    await this.endAll();
    await this.stack.pool.query(
      `truncate webhook_events, subscriptions, subscription_secrets, deliveries, delivery_attempts, audit_logs restart identity`,
    );
  }

  async close(): Promise<void> {
    await this.endAll();
    await this.marks?.close();
    await this.stack.close();
  }

  dispatch({ config = {}, allowed = '127.0.0.0/8', messages, sealer, pool }: DispatchOptions = {}): TestDispatcher {
    const log = memoryLog();
    const metrics = createMetrics('worker');
    const ended = new AbortController();
    let close: () => unknown = () => undefined;
    let inHand: () => readonly string[] = () => [];
    const notify = openNotify(Object.assign(new NotifyConfig(), QUICK, config), {
      ...{ pool: pool ?? this.stack.pool, log, metrics, sealer: sealer ?? this.sealer, version: 'test' },
      ...{ allowed: networksOf(allowed, 'NOTIFY_ALLOWED_NETWORKS'), ended: ended.signal },
      ...(messages === undefined ? {} : { messages }),
      defer: (_, closing, told) => {
        close = closing;
        inHand = told ?? inHand;
      },
    });
    const dispatcher: TestDispatcher = {
      ...{ log, metrics, ring: () => notify.ring(), inHand: () => inHand() },
      end: async () => {
        this.open.delete(dispatcher);
        ended.abort();
        await close();
      },
    };
    this.open.add(dispatcher);
    return dispatcher;
  }

  async subscribe(url: string, { secrets = [newSecret()], ...given }: SubscribeOptions = {}): Promise<string> {
    const settings = parseSubscription({ name: 'shop', url, ...given });
    const id = await insertSubscription(this.stack.rows, 'api', settings);
    for (const secret of secrets) await this.addSecret(id, secret);
    return id;
  }

  async addSecret(subscriptionId: string, secret: string, sealer = this.sealer): Promise<string> {
    return insertSecret(this.stack.rows, subscriptionId, await sealer.seal(secret, secretOwner(subscriptionId)));
  }

  /** Events, each with its delivery; returns the ids of the deliveries. */
  async deliver(subscriptionId: string, events: readonly TestEvent[]): Promise<string[]> {
    const rows = await this.stack.rows<{ id: string }>(
      `with events as (
         insert into webhook_events (system, model, record_id, operation, occurred_at, received_at, priority, changed_fields,
                data, content_key, dated, push_id, pushed_at, is_test, correlation_id)
         select 'odoo', 'sale.order', record_id, 'write', '2026-11-26T09:00:00.123Z', now(), 'high', '["state"]',
                data, gen_random_uuid(), true, gen_random_uuid()::text, now(), false, 'c-1'
           from jsonb_to_recordset($2::jsonb) as one (record_id int, data jsonb)
         returning id, system, model, record_id)
       insert into deliveries (subscription_id, event_id, system, model, record_id, ordered)
       select subscriptions.id, events.id, system, model, record_id, ordered
         from events cross join subscriptions where subscriptions.id = $1 order by events.id
       returning id`,
      [subscriptionId, JSON.stringify(events.map(({ record_id = 1, data = {} }) => ({ record_id, data })))],
    );
    return rows.map(({ id }) => id);
  }

  /** So many events of different records. */
  deliverMany(subscriptionId: string, count: number): Promise<string[]> {
    return this.deliver(
      subscriptionId,
      Array.from({ length: count }, (_, n) => ({ record_id: n + 1 })),
    );
  }

  async delivery(id: string): Promise<DeliveryRow> {
    const [row] = await this.stack.rows<DeliveryRow>('select * from deliveries where id = $1', [id]);
    return row as DeliveryRow;
  }

  /** Resolves when as many deliveries are in this state. */
  async reach(state: string, count: number, timeoutMs = 20_000): Promise<void> {
    await until(async () => (await this.countOf(state)) === count, { what: `${count} ${state} deliveries`, timeoutMs });
  }

  async countOf(state: string): Promise<number> {
    const rows = await this.stack.rows('select from deliveries where state = $1', [state]);
    return rows.length;
  }

  /** Resolves when so many tries have been noted. */
  async tries(count: number): Promise<Record<string, unknown>[]> {
    const sql = 'select delivery_id, status, outcome, error, answer, worker from delivery_attempts order by id';
    return until(
      async () => {
        const rows = await this.stack.rows<Record<string, unknown>>(sql);
        return rows.length >= count ? rows : undefined;
      },
      { what: `${count} tries` },
    );
  }

  /** All that waits for its next try need not wait any more. */
  async makeDue(): Promise<void> {
    await this.stack.pool.query(
      `update deliveries set next_attempt_at = now() where state = 'waiting' and claim is null`,
    );
  }

  /** The breaker's time is over. */
  async letProbe(): Promise<void> {
    await this.stack.pool.query('update subscriptions set open_until = now() where open_until is not null');
  }

  /** Resolves when a delivery of another subscription, written now, has arrived: what else was due was seen before. */
  async settleDown(workers: readonly TestDispatcher[]): Promise<void> {
    this.marks ??= await openReceiver();
    const { url } = this.marks;
    for (const worker of workers) {
      const id = await this.subscribe(url, { name: `mark-${randomBytes(4).toString('hex')}` });
      const [delivery = ''] = await this.deliver(id, [{}]);
      worker.ring();
      await until(async () => (await this.delivery(delivery)).state === 'delivered', { what: 'a mark' });
    }
  }

  async subscription(id: string): Promise<Record<string, unknown>> {
    const rows = await this.stack.rows<Record<string, unknown>>('select * from subscriptions where id = $1', [id]);
    return rows[0] ?? {};
  }

  private async endAll(): Promise<void> {
    for (const dispatcher of this.open) await dispatcher.end();
  }
}
