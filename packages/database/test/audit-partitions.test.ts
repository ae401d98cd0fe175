import { Pool } from 'pg';
import { createTestDatabase, TestDatabase } from '@bridgecore/devkit';
import { createPool, isDataError, migrate } from '../src/index';
import { silent } from './silent-log';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  await migrate(database.url);
  pool = createPool(database.url, silent, { max: 10, statementTimeoutMs: 5_000 });
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

const ensure = (at: string): Promise<unknown> => pool.query('select ensure_audit_partition($1)', [at]);

/** Writes an audit row of that time and returns the partition that it went to. */
async function write(at: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ partition: string }>(
    `insert into audit_logs (at, service, worker, action, outcome) values ($1, 'worker', 'test', 'test', 'done')
     returning tableoid::regclass::text as partition`,
    [at],
  );
  return rows[0]?.partition;
}

async function partitions(pattern: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select inhrelid::regclass::text as name from pg_inherits
      where inhparent = 'audit_logs'::regclass and inhrelid::regclass::text like $1 order by name`,
    [pattern],
  );
  return rows.map(({ name }) => name);
}

describe('ensure_audit_partition', () => {
  it('has made this month and the three that follow', async () => {
    const { rows } = await pool.query<{ name: string }>(
      `select 'audit_logs_' || to_char(now() at time zone 'UTC' + n * interval '1 month', 'YYYY_MM') as name
         from generate_series(0, 3) as n`,
    );

    expect(await partitions('%')).toEqual(rows.map(({ name }) => name));
  });

  it('makes a month once when many ask at once', async () => {
    const months = Array.from({ length: 12 }, (_, month) => String(month + 1).padStart(2, '0'));

    for (const month of months) {
      await Promise.all(Array.from({ length: 10 }, () => ensure(`2031-${month}-17T12:00:00Z`)));
    }

    expect(await partitions('audit_logs_2031%')).toEqual(months.map((month) => `audit_logs_2031_${month}`));
  });

  it('makes different months while others write', async () => {
    await ensure('2032-01-01T00:00:00Z');
    const months = ['02', '03', '04', '05'].map((month) => ensure(`2032-${month}-01T00:00:00Z`));
    const writes = Array.from({ length: 20 }, () => write('2032-01-15T00:00:00Z'));

    await Promise.all([...months, ...writes]);

    expect(await partitions('audit_logs_2032%')).toHaveLength(5);
  });

  it.each(['UTC', 'Pacific/Auckland', 'America/Los_Angeles'])(
    'cuts at the UTC month when the session is in %s',
    async (zone) => {
      const session = await pool.connect();
      await session.query(`set timezone = '${zone}'`);
      for (const at of ['2033-01-31T23:59:59.999Z', '2033-02-01T00:00:00Z']) {
        await session.query('select ensure_audit_partition($1)', [at]);
      }
      session.release(true);

      expect(await write('2033-01-31T23:59:59.999999Z')).toBe('audit_logs_2033_01');
      expect(await write('2033-02-01T00:00:00Z')).toBe('audit_logs_2033_02');
      await pool.query('drop table audit_logs_2033_01, audit_logs_2033_02');
    },
  );

  it('is what a row of a missing month asks for', async () => {
    const failure: unknown = await write('2034-07-01T00:00:00Z').catch((error: unknown) => error);
    await ensure('2034-07-01T00:00:00Z');

    expect(failure).toMatchObject({ code: '23514', table: 'audit_logs' });
    expect(isDataError(failure)).toBe(true); // so whoever writes must look at the table first
    expect(await write('2034-07-01T00:00:00Z')).toBe('audit_logs_2034_07');
  });
});
