import { PoolClient } from 'pg';
import { MaintenanceJob } from '@bridgecore/contracts';
import { until } from '@bridgecore/devkit';
import { JobReport } from '@bridgecore/runtime';
import { cleanUp } from '../src/clean-up/clean-up';
import { RetentionConfig } from '../src/clean-up/retention-config';
import { WorkerStack } from './worker-stack';

/** Rounds of the clean-up on a test's stores. */
export interface Cleaning {
  /** What was told to the metrics, by table. */
  readonly counted: Record<string, number>;
  readonly ended: AbortController;
  run(job?: Partial<MaintenanceJob>): Promise<JobReport>;
}

export function cleaning(stack: WorkerStack, different: Partial<RetentionConfig> = {}): Cleaning {
  const counted: Record<string, number> = {};
  const ended = new AbortController();
  const { pool, log, databaseUrl } = stack;
  const task = cleanUp({
    ...{ config: { ...new RetentionConfig(), ...different }, databaseUrl, pool, log, ended: ended.signal },
    count: (kind, rows) => void (counted[kind] = (counted[kind] ?? 0) + rows),
  });
  return {
    counted,
    ended,
    run: (job = {}) => task({ kind: 'clean-up', key_id: null, correlation_id: null, ...job }),
  };
}

/** Drops every month of the audit and makes those of now: each test begins anew. */
export async function clearAudit({ pool, rows }: WorkerStack): Promise<void> {
  const months = await rows<{ name: string }>(
    `select relname as name from pg_class where relname ~ '^audit_logs_\\d{4}_\\d\\d$'`,
  );
  for (const { name } of months) await pool.query(`drop table ${name}`);
  await pool.query(`select ensure_audit_partition(now() + n * interval '1 month') from generate_series(0, 3) as n`);
}

/** Writes audit rows of these times, in SQL, each with a name. */
export async function writeAt(stack: WorkerStack, rows: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, at] of Object.entries(rows)) {
    await stack.pool.query(`select ensure_audit_partition(${at})`);
    await stack.pool.query(
      `insert into audit_logs (at, service, worker, action, outcome) values (${at}, 'worker', 'test', '${name}', 'done')`,
    );
  }
}

/** The first moment of the UTC month so many months ago, in SQL. */
export const month = (ago: number): string =>
  `(date_trunc('month', now(), 'UTC') at time zone 'UTC' - interval '${ago} months') at time zone 'UTC'`;

/** What the month of so many months ago is called. */
export async function nameOf(stack: WorkerStack, ago: number): Promise<string> {
  const [row] = await stack.rows<{ name: string }>(
    `select 'audit_logs_' || to_char(${month(ago)} at time zone 'UTC', 'YYYY_MM') as name`,
  );
  return row?.name ?? '';
}

/** The rows that are left, by name, without those that the clean-up has written. */
export async function left({ rows }: WorkerStack): Promise<string[]> {
  const found = await rows<{ action: string }>(
    `select action from audit_logs where action <> 'clean_up.done' order by at`,
  );
  return found.map(({ action }) => action);
}

/** Somebody's transaction that has looked at the audit, for which a detach has to wait. */
export async function lookAtAudit({ pool }: WorkerStack): Promise<PoolClient> {
  const client = await pool.connect();
  await client.query('begin');
  await client.query('select count(*) from audit_logs');
  return client;
}

export async function endLook(client: PoolClient): Promise<void> {
  await client.query('commit');
  client.release();
}

/** Resolves when a detach has begun. */
export async function pending({ rows }: WorkerStack): Promise<void> {
  const isPending = async (): Promise<boolean> =>
    (await rows('select 1 from pg_inherits where inhdetachpending')).length > 0;
  await until(isPending, { what: 'a month whose detaching is pending', timeoutMs: 30_000 });
}

export const exists = async ({ rows }: WorkerStack, table: string): Promise<boolean> =>
  (await rows('select 1 from pg_class where relname = $1', [table])).length > 0;
