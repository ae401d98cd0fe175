import { randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import {
  DataSyncJob,
  DEFAULT_REDACTED_FIELDS,
  JsonRecord,
  redaction,
  SyncModels,
  syncModelsOf,
} from '@bridgecore/contracts';
import { FakeOdoo, JsonObject, RpcUser } from '@bridgecore/devkit';
import { JobReport } from '@bridgecore/runtime';
import { ConnectedSystem, pulledSystems } from '../src/odoo/pulled-systems';
import { workSyncJob } from '../src/sync/sync-job';
import { SyncDependencies } from '../src/sync/sync-run';
import { openWorkerStack, WorkerStack } from './worker-stack';

/** The user of the RPC in both Odoos; people are others. */
export const RPC_USER = { id: 7, login: 'hub', key: 'rpc-key', tz: 'Europe/Paris' };

/** What is different in one run. */
export type SyncRequest = Partial<DataSyncJob>;

/** What a test may set apart from the usual. */
export interface SyncSetUp {
  readonly dependencies?: Partial<SyncDependencies>;
  readonly models?: SyncModels;
}

/** Real stores, two simulated Odoos called paris and lyon, and runs between them. */
export interface SyncStack extends WorkerStack {
  readonly paris: FakeOdoo;
  readonly lyon: FakeOdoo;
  /** New Odoos of these versions, empty tables. */
  begin(
    versions?: readonly [18 | 19, 18 | 19],
    users?: Partial<Record<'paris' | 'lyon', Partial<RpcUser>>>,
    timeoutMs?: number,
  ): Promise<void>;
  end(): Promise<void>;
  /** One run from paris to lyon, unless it says otherwise. */
  sync(request?: SyncRequest, setUp?: SyncSetUp): Promise<JobReport>;
  /** What is said of single records of the last run. */
  said(): Promise<JsonRecord[]>;
  readonly lastRun: string;
}

export async function openSyncStack(): Promise<SyncStack> {
  const stack = await openWorkerStack();
  let paris: FakeOdoo;
  let lyon: FakeOdoo;
  let systems: Map<string, ConnectedSystem>;
  let lastRun = '';
  const dependencies = (): SyncDependencies => ({
    ...{ pool: stack.pool, redis: stack.redis, log: stack.log, models: syncModelsOf(undefined) },
    ...{ isRedacted: redaction(DEFAULT_REDACTED_FIELDS), batch: 100, overlapSeconds: 900, lockTtlMs: 5_000 },
    ...{ count: () => undefined, ended: new AbortController().signal },
  });
  return {
    ...stack,
    get paris() {
      return paris;
    },
    get lyon() {
      return lyon;
    },
    get lastRun() {
      return lastRun;
    },
    begin: async ([first, second] = [18, 18], users = {}, timeoutMs = 5_000) => {
      await stack.pool.query(
        'truncate sync_links, sync_pairs, sync_streams, sync_retries, sync_runs, sync_run_records, audit_logs',
      );
      await stack.redis.flushdb();
      stack.log.lines.length = 0;
      paris = new FakeOdoo({
        apiKey: 'key',
        rpc: { version: first, database: 'paris', users: [{ ...RPC_USER, ...users.paris }] },
      });
      lyon = new FakeOdoo({
        apiKey: 'key',
        rpc: { version: second, database: 'lyon', users: [{ ...RPC_USER, ...users.lyon }] },
      });
      const declared = [
        { id: 'paris', url: await paris.listen() },
        { id: 'lyon', url: await lyon.listen() },
      ].map((system) => ({ ...system, ...ACCESS, db: system.id }));
      const calls = { timeoutMs, breakerMs: 1_000, log: stack.log, metrics: new Registry() };
      systems = pulledSystems(declared, calls);
    },
    end: async () => {
      await paris.close();
      await lyon.close();
    },
    sync: (request = {}, { dependencies: different = {}, models } = {}) => {
      const given = { ...dependencies(), ...(models === undefined ? {} : { models }), ...different };
      const job = jobOf(request);
      lastRun = job.id;
      return workSyncJob(systems, given)(job);
    },
    said: () => stack.rows('select * from sync_run_records where run_id = $1 order by id', [lastRun]),
  };
}

const ACCESS = {
  ...{ webhook_api_key: 'key', username: RPC_USER.login, api_key: RPC_USER.key },
  ...{ sync_interval_seconds: 30, sync_batch_size: 100 },
};

/** A job as the gateway makes it. */
export function jobOf(request: SyncRequest = {}): DataSyncJob {
  return {
    ...{ id: randomUUID(), requested_at: new Date().toISOString(), key_id: 'ops', correlation_id: 'c-sync' },
    ...{ source_system_id: 'paris', target_system_id: 'lyon', model: 'res.partner', filters: [] },
    ...{ bidirectional: false, user_id: 'anna', dry_run: false, conflicts: 'source_wins', full: false },
    ...request,
  };
}

/** Partners that nobody would take for one another. */
export function partners(count: number, different: JsonObject = {}): JsonObject[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ name: `Partner ${index}`, email: `partner-${index}@example.test`, city: 'Lyon', ...different },
  }));
}

/** The one record of that name. */
export function named(odoo: FakeOdoo, model: string, name: string): JsonObject & { readonly id: number } {
  const found = odoo.all(model).filter((record) => record['name'] === name);
  expect(found).toHaveLength(1);
  return found[0] as JsonObject & { readonly id: number };
}
