import { createServer, Server } from 'node:http';
import { AddressInfo } from 'node:net';
import { DeclaredSystem, SystemFindings } from '@bridgecore/contracts';
import { CheckedSystem, createOdooProbe } from '@bridgecore/odoo';
import { JobReport } from '@bridgecore/runtime';
import { CheckDependencies, checkConnections } from '../src/checks/check-connections';
import { clear, openWorkerStack, WorkerStack } from './worker-stack';

/** A row of `system_checks`. */
export interface CheckRow {
  readonly system: string;
  readonly state: string;
  readonly checked_at: Date;
  readonly changed_at: Date;
  readonly detail: SystemFindings;
}

/** Real stores, and rounds of checks that keep what they find there. */
export interface CheckStack extends WorkerStack {
  begin(): Promise<void>;
  check(systems: readonly CheckedSystem[], different?: Partial<CheckDependencies>): Promise<JobReport>;
  /** What is kept, by system. */
  found(): Promise<CheckRow[]>;
  audit(): Promise<{ outcome: string; system: string; detail: unknown; correlation_id: string }[]>;
}

export async function openCheckStack(): Promise<CheckStack> {
  const stack = await openWorkerStack();
  const { pool, redis, log } = stack;
  return {
    ...stack,
    begin: async () => {
      await clear(pool);
      await pool.query('truncate system_checks');
      await redis.flushdb();
      log.lines.length = 0;
    },
    check: (systems, different = {}) => {
      const given = { systems, pool, redis, log, keptDays: 0, rpc: undefined, ended: new AbortController().signal };
      const task = checkConnections({ ...given, skewWarnSeconds: 30, timeoutMs: 300, ...different });
      return task({ kind: 'connection-check', key_id: null, correlation_id: 'round-1' });
    },
    found: () => stack.rows<CheckRow>('select * from system_checks order by system'),
    audit: () =>
      stack.rows(
        `select outcome, system, detail, correlation_id from audit_logs where action = 'system.checked' order by id`,
      ),
  };
}

/** A system as it is checked, with what is different about it. */
export function checkedSystem(
  url: string,
  { id = 'odoo', key = 'key', timeoutMs = 2_000, ...different }: Partial<DeclaredSystem> & CheckedSettings = {},
): CheckedSystem {
  const times = { sync_interval_seconds: 30, sync_batch_size: 100 };
  const declared = { id, url, webhook_api_key: '${ODOO_WEBHOOK_API_KEY}', ...times, ...different };
  return { declared, probe: createOdooProbe({ url, apiKey: key, timeoutMs }) };
}

interface CheckedSettings {
  readonly key?: string;
  readonly timeoutMs?: number;
}

/** Something that answers every question like the addon, with these headers. */
export async function answering(headers: Readonly<Record<string, string>>, body: object = HEALTHY): Promise<Answering> {
  const server: Server = createServer((_req, res) => {
    res.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

interface Answering {
  readonly url: string;
  close(): Promise<void>;
}

const HEALTHY = { status: 'healthy', version: '2.0.0', module: 'auto_webhook', pending_events: 0, success: true };
