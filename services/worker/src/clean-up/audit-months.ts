import { translate } from '@bridgecore/database';
import { blocksOf } from './blocks';
import { rest, Round } from './chunks';

/**
 * What holds inserts up is neither the detach nor a lock, but the file system that frees the files (measured: 130 MB take
 * 50 ms, in which an insert's own write to the disk waits up to 25). So each rest is so many times longer than its drop:
 * drops are 2 % of the time, and of the inserts that meet one few are held up.
 */
const REST_PER_DROP = 50;
const LONGEST_REST_MS = 60_000;

const REST_BETWEEN_COUNTS_MS = 5;

/** What became of whole months; filled as it happens, for a round may be interrupted. */
export interface Months {
  readonly dropped: string[];
  /** Hidden from readers already, and not detached yet: somebody's transaction still looks at it. */
  readonly waiting: string[];
}

/**
 * Drops every month that ended before the cutoff. Inserts never wait: a month is detached concurrently, and what is
 * dropped is then a table of its own. A round that dies leaves a month that is still whole, one whose detaching is
 * pending, or one that is detached: the next round begins with the latter two.
 */
export async function dropMonths(round: Round, cutoff: Date, months: Months): Promise<void> {
  for (const pending of await names(round, PENDING)) {
    if (!(await detach(round, pending, 'finalize'))) return void months.waiting.push(pending);
  }
  for (const table of await names(round, DETACHED, [cutoff])) await drop(round, table, cutoff, months);
  for (const month of await names(round, WHOLE, [cutoff])) {
    if (!(await detach(round, month, 'concurrently'))) return void months.waiting.push(month);
    await drop(round, month, cutoff, months);
  }
}

/** PostgreSQL allows one at a time. */
const PENDING = `
  select inhrelid::regclass::text as name from pg_inherits
   where inhparent = 'audit_logs'::regclass and inhdetachpending`;

/** By what PostgreSQL lets into them, not by their names; the bound is written with its time zone. */
const WHOLE = `
  with months as (
    select c.oid::regclass::text as name,
           (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \\(''([^'']+)''\\)'))[1]::timestamptz as until
      from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'audit_logs'::regclass and not i.inhdetachpending
  )
  select name from months where until <= $1 order by until`;

/** Those that were detached and not dropped. A month that may still get rows has not ended before the cutoff. */
const DETACHED = `
  select c.oid::regclass::text as name from pg_class c
   where c.relnamespace = (select relnamespace from pg_class where oid = 'audit_logs'::regclass)
     and c.relkind = 'r' and not c.relispartition
     and case when c.relname ~ '^audit_logs_\\d{4}_(0[1-9]|1[0-2])$'
              then (to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month') at time zone 'UTC' <= $1
              else false end
   order by c.relname`;

async function names({ cleaner }: Round, select: string, values: unknown[] = []): Promise<string[]> {
  const { rows } = await cleaner.query<{ name: string }>(select, values);
  return rows.map(({ name }) => name);
}

/** False when it would have had to wait for too long; what was begun is then pending. */
async function detach(round: Round, month: string, how: 'concurrently' | 'finalize'): Promise<boolean> {
  round.ended.throwIfAborted();
  try {
    await round.cleaner.query(`alter table audit_logs detach partition ${month} ${how}`);
    return true;
  } catch (error) {
    const isTimeout = (error as { code?: unknown }).code === '57014' && !round.ended.aborted;
    if (!isTimeout) throw translate(error);
    const hint = 'a transaction has been open for long, see pg_stat_activity; the next clean-up goes on';
    round.log.warn('clean_up.waits', { partition: month, hint });
    return false;
  }
}

async function drop(round: Round, table: string, cutoff: Date, { dropped }: Months): Promise<void> {
  const { rows, young } = await count(round, table, cutoff);
  if (young > 0) {
    round.log.error('clean_up.kept', { table, rows, young, hint: 'it holds rows that its name does not tell of' });
    return;
  }
  const started = performance.now();
  await round.cleaner.query(`drop table ${table}`);
  round.took('audit_logs', rows);
  dropped.push(table);
  await rest(round, Math.min((performance.now() - started) * REST_PER_DROP, LONGEST_REST_MS));
}

/** Part by part, for a count of millions at once takes a core from the others. */
async function count(round: Round, table: string, cutoff: Date): Promise<{ rows: number; young: number }> {
  const total = { rows: 0, young: 0 };
  for (const blocks of await blocksOf(round.cleaner, table)) {
    const { rows } = await round.cleaner.query<typeof total>(
      `select count(*)::int as rows, (count(*) filter (where at >= $3))::int as young
         from ${table} where ctid >= $1::tid and ctid < $2::tid`,
      [...blocks, cutoff],
    );
    total.rows += rows[0]?.rows ?? 0;
    total.young += rows[0]?.young ?? 0;
    await rest(round, REST_BETWEEN_COUNTS_MS);
  }
  return total;
}
