import { Pool, PoolClient } from 'pg';

/** Where a connection breaks: PostgreSQL has not got the commit yet, or has, and nobody hears of it. */
export type Break = 'before-commit' | 'after-commit';

/** A real pool of which some connections are killed around their commit, as `next` says for each. */
export function breakingPool(pool: Pool, next: () => Break | undefined): Pool {
  const connect = async (): Promise<PoolClient> => breakingClient(await pool.connect(), pool, next);
  return new Proxy(pool, {
    get: (target, name) => (name === 'connect' ? connect : bound(target, Reflect.get(target, name))),
  });
}

function breakingClient(client: PoolClient, pool: Pool, next: () => Break | undefined): PoolClient {
  const query = async (...args: unknown[]): Promise<unknown> => {
    const at = args[0] === 'commit' ? next() : undefined;
    if (at === undefined) return (client.query as (...given: unknown[]) => Promise<unknown>)(...args);
    if (at === 'after-commit') await client.query('commit');
    await kill(client, pool);
    return client.query('commit');
  };
  return new Proxy(client, {
    get: (target, name) => (name === 'query' ? query : bound(target, Reflect.get(target, name))),
  });
}

/** Resolves when the backend is gone, so that what it had not committed is undone. */
async function kill(client: PoolClient, pool: Pool): Promise<void> {
  const { processID } = client as PoolClient & { processID: number };
  await pool.query('select pg_terminate_backend($1, 5000)', [processID]);
}

function bound(target: object, value: unknown): unknown {
  return typeof value === 'function' ? (value.bind(target) as unknown) : value;
}
