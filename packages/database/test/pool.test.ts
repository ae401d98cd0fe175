import { Pool, PoolClient } from 'pg';
import { createTestDatabase, TestDatabase } from '@bridgecore/devkit';
import { answers, createPool, inTransaction, isDataError, translate } from '../src/index';
import { silent } from './silent-log';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = createPool(database.url, silent, { max: 3, statementTimeoutMs: 300 });
  await pool.query('create table things (id integer primary key)');
});

beforeEach(() => pool.query('truncate things'));

afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** What PostgreSQL's complaint of this SQLSTATE becomes. */
function complaint(state: string): Promise<unknown> {
  const raise = `do $$ begin raise exception 'of the test' using errcode = '${state}'; end $$`;
  return inTransaction(pool, (tx) => tx.query(raise)).catch((error: unknown) => error);
}

describe('inTransaction', () => {
  it('commits what the work did and returns its result', async () => {
    const result = await inTransaction(pool, (tx) => tx.query('insert into things values (1)').then(() => 'done'));

    expect(result).toBe('done');
    expect(await things()).toEqual([1]);
  });

  it('undoes it all when the work fails, and leaves a bug as it is', async () => {
    const work = async (tx: PoolClient): Promise<void> => {
      await tx.query('insert into things values (1)');
      throw new TypeError('a bug');
    };

    await expect(inTransaction(pool, work)).rejects.toThrow(TypeError);
    expect(await things()).toEqual([]);
  });

  it('is READ COMMITTED', async () => {
    const { rows } = await inTransaction(pool, (tx) => tx.query('show transaction_isolation'));

    expect(rows).toEqual([{ transaction_isolation: 'read committed' }]);
  });

  it.each(['08006', '40001', '40P01', '53100', '53300', '55P03', '57014', '57P01', '58030'])(
    'calls SQLSTATE %s DATABASE_UNAVAILABLE, which is tried again',
    async (state) => {
      expect(await complaint(state)).toMatchObject({ code: 'DATABASE_UNAVAILABLE', retry: true });
    },
  );

  it.each(['22P02', '22003', '23505', '23514'])('leaves SQLSTATE %s, which is about the data', async (state) => {
    const error = await complaint(state);

    expect(error).toMatchObject({ code: state });
    expect(isDataError(error)).toBe(true);
  });

  it.each(['42P01', '42703'])('takes SQLSTATE %s for a schema that is not migrated yet', async (state) => {
    expect(await complaint(state)).toMatchObject({ code: 'DATABASE_UNAVAILABLE', cause: { code: state } });
  });

  it('leaves a mistake in a statement as it is', async () => {
    const error = await complaint('42601');

    expect(error).toMatchObject({ code: '42601' });
    expect(isDataError(error)).toBe(false);
  });

  it('gives up a statement that takes too long', async () => {
    const slow = inTransaction(pool, (tx) => tx.query('select pg_sleep(20)'));

    await expect(slow).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', cause: { code: '57014' } });
    expect(await answers(pool)).toBe(true);
  });

  it('gives up waiting for a lock', async () => {
    await inTransaction(pool, async (holder) => {
      await holder.query('lock table things');

      const waiting = inTransaction(pool, async (tx) => {
        await tx.query("set local lock_timeout = '50ms'");
        await tx.query('insert into things values (1)');
      });

      await expect(waiting).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE', cause: { code: '55P03' } });
    });
  });

  it('survives that its backend is killed, and so does the pool', async () => {
    const killed = inTransaction(pool, async (tx) => {
      const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
      await tx.query('insert into things values (1)');
      await pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      await tx.query('insert into things values (2)');
    });

    await expect(killed).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await inTransaction(pool, (tx) => tx.query('insert into things values (3)'));
    expect(await things()).toEqual([3]);
  });
});

describe('translate', () => {
  it.each([
    ['connection', { code: 'ECONNREFUSED' }],
    ['socket', { code: 'ECONNRESET' }],
    ['Connection terminated', {}],
  ])('knows that "%s" %j is the connection', (message, fields) => {
    expect(translate(Object.assign(new Error(message), fields))).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });

  it.each([
    new TypeError('x is not a function'),
    new TypeError("Cannot read properties of undefined (reading 'connection')"),
    Object.assign(new TypeError('The argument must be a string'), { code: 'ERR_INVALID_ARG_TYPE' }),
  ])('leaves a bug, which no waiting would mend (%s)', (bug) => {
    expect(translate(bug)).toBe(bug);
    expect(isDataError(bug)).toBe(false);
    expect(isDataError(null)).toBe(false);
  });
});

async function things(): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>('select id from things order by id');
  return rows.map(({ id }) => id);
}
