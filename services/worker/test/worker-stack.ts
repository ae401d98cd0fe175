import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { Arrival, DEFAULT_REDACTED_FIELDS, JsonRecord, normalisePulledRow, normalisePush } from '@bridgecore/contracts';
import { redaction, WebhookEvent } from '@bridgecore/contracts';
import { createPool, migrate } from '@bridgecore/database';
import { createTestDatabase, createTestRedis } from '@bridgecore/devkit';
import { Log } from '@bridgecore/runtime';
import { createSeen } from '../src/record/seen';
import { Stores } from '../src/record/record';

/** A log that keeps what was written. */
export interface MemoryLog extends Log {
  readonly lines: { level: string; message: string; [field: string]: unknown }[];
}

export function memoryLog(): MemoryLog {
  const lines: MemoryLog['lines'] = [];
  const at = (level: string) => (message: unknown, fields?: unknown) => {
    lines.push({ level, message: String(message), ...(fields as object) });
  };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Real stores of a test file's own. */
export interface WorkerStack extends Stores {
  readonly redis: Redis;
  readonly log: MemoryLog;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  rows<Row = JsonRecord>(sql: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export async function openWorkerStack({ max = 10 } = {}): Promise<WorkerStack> {
  const database = await createTestDatabase();
  const { url } = await createTestRedis();
  await migrate(database.url);
  const log = memoryLog();
  const pool = createPool(database.url, log, { max, statementTimeoutMs: 15_000 });
  const redis = new Redis(url);
  return {
    ...{ pool, redis, log, databaseUrl: database.url, redisUrl: url },
    seen: createSeen(redis, 60, log),
    rows: async <Row>(sql: string, values: unknown[] = []) => (await pool.query(sql, values)).rows as Row[],
    close: async () => {
      await pool.end();
      await redis.quit();
      await database.drop();
    },
  };
}

/** Empties the tables, so that each test begins anew. */
export async function clear(pool: Pool): Promise<void> {
  await pool.query(
    `truncate webhook_events, dead_letters, pull_cursors, audit_logs, outbox, subscriptions, subscription_secrets, deliveries,
       delivery_attempts restart identity`,
  );
}

export function arrival(different: Partial<Arrival> = {}): Arrival {
  return {
    ...{ system: 'odoo', received_at: '2026-11-23T07:00:00.000Z', correlation_id: 'c-1', key_id: 'push' },
    ...{ idempotency_key: null, isRedacted: redaction(DEFAULT_REDACTED_FIELDS), newId: randomUUID },
    ...different,
  };
}

/** A change as Odoo knows it; `payload.write_date` makes it dated. */
export interface TestChange {
  readonly payload?: JsonRecord;
  readonly timestamp?: string | undefined;
  readonly operation?: string;
  readonly record_id?: number;
  readonly arrival?: Partial<Arrival>;
}

const SUBJECT = { model: 'sale.order', priority: 'medium', category: 'business' };

export function pushed(event_id: number | string | null, change: TestChange = {}): WebhookEvent {
  const { payload = { id: 1 }, timestamp = '2026-11-23T06:22:26', operation = 'write', record_id = 1 } = change;
  const body = { ...SUBJECT, event_id, record_id, event: operation, timestamp, data: payload, priority: 'high' };
  const [event] = normalisePush(body, arrival(change.arrival)).events;
  return event as WebhookEvent;
}

export function pulled(id: number, change: TestChange = {}): WebhookEvent {
  const { payload = { id: 1 }, timestamp = '2026-11-23T06:22:26', operation = 'write', record_id = 1 } = change;
  const row = { ...SUBJECT, id, record_id, event: operation, timestamp, payload, user_id: 2, user_name: 'Mitchell' };
  return normalisePulledRow(row, arrival({ key_id: null, correlation_id: 'c-2', ...change.arrival }));
}

/** A payload with Odoo's microseconds in it. */
export function dated(number: number): JsonRecord {
  return { id: 1, write_date: `2026-11-23T06:22:26.${String(number).padStart(6, '0')}` };
}
