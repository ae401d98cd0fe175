import { Client } from 'pg';

const DAY_MS = 86_400_000;
const WHOLE_MONTHS = 5;

/** A stretch of time, and how many rows lie in it. */
interface Stretch {
  readonly from: Date;
  readonly to: Date;
  readonly rows: number;
}

/** What is in the table: five months that are too old, one that is so up to its 20th day, and what is younger. */
export interface Filling {
  readonly retentionDays: number;
  readonly old: readonly Stretch[];
  readonly young: readonly Stretch[];
}

/** Three fifths of the rows in whole months, a fifth in the remainder of one, and a fifth that stays. */
export function planFilling(rows: number, now = new Date()): Filling {
  const month = (back: number, day = 1): Date =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, day));
  const retentionDays = Math.ceil((now.getTime() - month(3, 21).getTime()) / DAY_MS);
  const cutoff = new Date(now.getTime() - retentionDays * DAY_MS);
  const fifth = Math.floor(rows / 5);
  const whole = Array.from({ length: WHOLE_MONTHS }, (_, at) => ({
    ...{ from: month(3 + WHOLE_MONTHS - at), to: month(2 + WHOLE_MONTHS - at) },
    rows: Math.floor((3 * fifth) / WHOLE_MONTHS),
  }));
  const later = [
    { from: new Date(cutoff.getTime() + DAY_MS), to: month(2), rows: Math.floor(fifth / 3) },
    { from: month(2), to: month(1), rows: Math.floor(fifth / 3) },
    { from: month(1), to: month(0), rows: Math.floor(fifth / 3) },
  ];
  return { retentionDays, old: [...whole, { from: month(3), to: cutoff, rows: fifth }], young: later };
}

/** Rows as the worker writes them for recorded events. */
const FILL = `
  insert into audit_logs (at, service, worker, key_id, action, outcome, system, model, record_id, event_id, correlation_id, detail)
  select $1::timestamptz + n * (($2::timestamptz - $1::timestamptz) / $3), 'worker', 'bench-1', 'push', 'event.recorded', 'recorded',
         'odoo', 'sale.order', n % 100000, n, gen_random_uuid()::text, '{"origin": "push"}'
    from generate_series(0, $3::int - 1) as n`;

/** Writes what is missing, as fast as PostgreSQL can, and lets it come to rest. */
export async function fill(url: string, stretches: readonly Stretch[], tell: (done: number) => void): Promise<void> {
  const left = [...stretches];
  let done = 0;
  const write = async (): Promise<void> => {
    await withClient(url, async (client) => {
      await client.query('set synchronous_commit = off');
      for (let stretch = left.shift(); stretch !== undefined; stretch = left.shift()) {
        await client.query('select ensure_audit_partition($1)', [stretch.from]);
        await client.query(FILL, [stretch.from, stretch.to, stretch.rows]);
        tell((done += stretch.rows));
      }
    });
  };
  await Promise.all([write(), write()]);
  await settle(url);
}

/** Does now what PostgreSQL would do some time later, while something else is measured. */
export async function settle(url: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query('vacuum (analyze) audit_logs');
    await client.query('checkpoint');
  });
}

/** How many rows there are, and the server's version. */
export async function inspect(url: string): Promise<{ rows: number; version: string }> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ rows: number; version: string }>(
      `select count(*)::int as rows, current_setting('server_version') as version from audit_logs`,
    );
    return rows[0] ?? { rows: 0, version: '?' };
  });
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
