import { Pool } from 'pg';
import { Stack, startStack } from '@bridgecore/devkit';
import { answers, createPool, databaseDependency, inTransaction } from '../src/index';
import { silent } from './silent-log';

let own: Stack;
let pool: Pool;
const ended = new AbortController();

beforeAll(async () => {
  own = await startStack({ stores: ['postgres'], log: () => undefined });
  pool = createPool(own.databaseUrl, silent, { max: 3, statementTimeoutMs: 200 });
});

afterAll(async () => {
  ended.abort();
  await pool.end();
  await own.stop();
});

const AWAY = { code: 'DATABASE_UNAVAILABLE', retry: true };

describe('when PostgreSQL', () => {
  it('is stopped in the middle of a transaction, the work fails and is known to be away until it returns', async () => {
    const dependency = databaseDependency(pool, ended.signal);
    const work = inTransaction(pool, async (tx) => {
      await tx.query('select 1');
      await own.postgres.stop();
      await tx.query('select 2');
    });
    const failure: unknown = await work.catch((error: unknown) => error);
    const again = inTransaction(pool, (tx) => tx.query('select 1'));
    await expect(again).rejects.toMatchObject(AWAY);

    const returned = dependency.returned();
    await own.postgres.start();
    await returned;

    expect(failure).toMatchObject(AWAY);
    expect(dependency.isAway(failure)).toBe(true);
    await expect(inTransaction(pool, (tx) => tx.query('select 1'))).resolves.toMatchObject({ rowCount: 1 });
  });

  it('is killed, the pool serves again after its return', async () => {
    await pool.query('select 1');

    await own.postgres.kill();
    const killed = inTransaction(pool, (tx) => tx.query('select 1'));
    await expect(killed).rejects.toMatchObject(AWAY);
    await own.postgres.start();

    expect(await answers(pool)).toBe(true);
  });

  it('hangs, the work is given up, and the pool serves again when it goes on', async () => {
    await pool.query('select 1');

    await own.postgres.pause();
    const hanging = inTransaction(pool, (tx) => tx.query('select 1'));
    await expect(hanging).rejects.toMatchObject(AWAY);
    await own.postgres.resume();

    expect(await answers(pool)).toBe(true);
  });
});

describe('databaseDependency', () => {
  it('waits no longer when the process ends', async () => {
    const ending = new AbortController();
    const away = createPool('postgres://nobody@127.0.0.1:1/none', silent, { max: 1, statementTimeoutMs: 200 });
    const returned = databaseDependency(away, ending.signal).returned();

    ending.abort();

    await returned;
    await away.end();
  });
});
