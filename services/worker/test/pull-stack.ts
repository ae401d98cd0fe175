import { DEFAULT_REDACTED_FIELDS, redaction } from '@bridgecore/contracts';
import { FakeOdoo } from '@bridgecore/devkit';
import { createOdooClient, OdooClient } from '@bridgecore/odoo';
import { JobReport } from '@bridgecore/runtime';
import { PullDependencies, pullRun } from '../src/pull/pull-run';
import { clear, openWorkerStack, WorkerStack } from './worker-stack';

export const LOCK = 'odoo_sync:lock:odoo';

/** What is different in one run. */
export interface RunOptions {
  readonly odoo?: OdooClient;
  readonly limit?: number;
  readonly dependencies?: Partial<PullDependencies>;
}

/** Real stores, a simulated Odoo with its client, and runs between them. */
export interface PullStack extends WorkerStack {
  /** A new Odoo for each test. */
  readonly odoo: FakeOdoo;
  readonly client: OdooClient;
  begin(): Promise<void>;
  end(): Promise<void>;
  run(options?: RunOptions): Promise<JobReport>;
  /** A run that is followed by a sweep, unless sweeps come more seldom. */
  sweeping(options?: RunOptions): Promise<JobReport>;
  unacknowledged(): number[];
  storedIds(): Promise<number[]>;
  cursor(): Promise<number>;
  logged(message: string): WorkerStack['log']['lines'];
}

export async function openPullStack(): Promise<PullStack> {
  const stack = await openWorkerStack();
  let odoo = new FakeOdoo({ apiKey: 'key' });
  let client: OdooClient;
  const run = ({ odoo: asked = client, limit = 10, dependencies = {} }: RunOptions = {}): Promise<JobReport> => {
    const { redis, log } = stack;
    const given = { redis, log, stores: stack, isRedacted: redaction(DEFAULT_REDACTED_FIELDS) };
    const times = { lockTtlMs: 5_000, runMs: 60_000, sweepEvery: 1_000_000, ended: new AbortController().signal };
    return pullRun({ id: 'odoo', odoo: asked, limit }, { ...given, ...times, ...dependencies });
  };
  return {
    ...stack,
    get odoo() {
      return odoo;
    },
    get client() {
      return client;
    },
    begin: async () => {
      await clear(stack.pool);
      await stack.redis.flushdb();
      stack.log.lines.length = 0;
      odoo = new FakeOdoo({ apiKey: 'key', gapRate: 0.2 });
      client = createOdooClient({ url: await odoo.listen(), apiKey: 'key', timeoutMs: 2_000 });
    },
    end: () => odoo.close(),
    run,
    sweeping: (options = {}) => run({ ...options, dependencies: { sweepEvery: 1, ...options.dependencies } }),
    unacknowledged: () => odoo.rows().flatMap(({ is_processed, id }) => (is_processed ? [] : [id])),
    storedIds: async () => {
      const rows = await stack.rows<{ pull_id: string }>('select pull_id from webhook_events order by id');
      return rows.map(({ pull_id }) => Number(pull_id));
    },
    cursor: async () => {
      const [row] = await stack.rows<{ last_event_id: string }>('select last_event_id from pull_cursors');
      return Number(row?.last_event_id);
    },
    logged: (wanted) => stack.log.lines.filter(({ message }) => message === wanted),
  };
}
