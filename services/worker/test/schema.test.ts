import { createPool, migrate } from '@bridgecore/database';
import { createTestDatabase, until } from '@bridgecore/devkit';
import { awaitSchema } from '../src/schema';
import { memoryLog } from './worker-stack';

const never = new AbortController().signal;

describe('a worker whose schema is not there yet', () => {
  it('says which migrations are pending, once, and goes on when they are applied', async () => {
    const database = await createTestDatabase();
    const log = memoryLog();
    const pool = createPool(database.url, log, { max: 1, statementTimeoutMs: 5_000 });

    const waiting = awaitSchema(pool, log, never);
    await until(() => log.lines.length > 0, { what: 'a line in the log' });
    await migrate(database.url);

    expect(await waiting).toBe(true);
    expect(log.lines).toEqual([
      {
        ...{ level: 'warn', message: 'migrations.pending', hint: expect.stringContaining('npm run migrate') as string },
        pending: expect.arrayContaining(['EventStore1795392000000']) as string[],
      },
    ]);
    await pool.end();
    await database.drop();
  });

  it('says that PostgreSQL is away, and gives up when the worker is told to end', async () => {
    const log = memoryLog();
    const pool = createPool('postgres://nobody@127.0.0.1:1/nothing', log, { max: 1, statementTimeoutMs: 500 });
    const ended = new AbortController();

    const waiting = awaitSchema(pool, log, ended.signal);
    await until(() => log.lines.some(({ message }) => message === 'postgres.down'), { what: 'a line in the log' });
    ended.abort();

    expect(await waiting).toBe(false);
    await pool.end();
  });
});
