import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Pool } from 'pg';
import { createTestDatabase, TestDatabase } from '@bridgecore/devkit';
import { createPool, migrate, pendingMigrations } from '../src/index';
import { createDataSource, MIGRATIONS } from '../src/data-source';
import { silent } from './silent-log';

const NAMES = MIGRATIONS.map(({ name }) => name);

let database: TestDatabase;
let pool: Pool;

beforeEach(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, silent, { max: 2, statementTimeoutMs: 5_000 });
});

afterEach(async () => {
  await pool.end();
  await database.drop();
});

describe('migrate', () => {
  it('applies what is pending, and nothing the second time', async () => {
    expect(await pendingMigrations(pool)).toEqual(NAMES);

    expect(await migrate(database.url)).toEqual(NAMES);

    expect(await pendingMigrations(pool)).toEqual([]);
    expect(await migrate(database.url)).toEqual([]);
  });

  it('gives a migration, and the wait for another one, all the time that it takes', () => {
    const { extra } = createDataSource('postgres://localhost/x', { statementTimeoutMs: 0 }).options as {
      extra: object;
    };

    expect(extra).not.toHaveProperty('query_timeout');
    expect(extra).toMatchObject({ statement_timeout: 0, idle_in_transaction_session_timeout: 0 });
  });

  it('applies each once when several deployments migrate at once', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => migrate(database.url)));

    expect(applied.flat().sort()).toEqual([...NAMES].sort());
    expect(await pendingMigrations(pool)).toEqual([]);
  });

  it('fails when there is no such database', async () => {
    await expect(migrate(`${database.url}_none`)).rejects.toThrow('does not exist');
  });

  it('can be undone and done again', async () => {
    await migrate(database.url);
    const [migration] = MIGRATIONS.map((Migration) => new Migration());
    const runner = { query: (statement: string) => pool.query(statement) };

    await migration?.down(runner as never);
    await migration?.up(runner as never);

    await expect(pool.query('select id from webhook_events')).resolves.toMatchObject({ rowCount: 0 });
  });
});

describe('pendingMigrations', () => {
  it('says that PostgreSQL is away when it is', async () => {
    const away = createPool('postgres://nobody@127.0.0.1:1/none', silent, { max: 1, statementTimeoutMs: 1_000 });

    await expect(pendingMigrations(away)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });

    await away.end();
  });
});

describe('the command', () => {
  it('tells what it has applied', async () => {
    const env = { DATABASE_URL: database.url };

    const { stdout } = await promisify(execFile)(process.execPath, [join(__dirname, '../src/migrate.js')], { env });

    expect(stdout).toBe(`Applied: ${NAMES.join(', ')}.\n`);
  });
});
