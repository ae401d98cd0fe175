import { Pool } from 'pg';
import { createDataSource, MIGRATIONS } from './data-source';
import { translate } from './pool';

/** Applies what is pending, each migration in a transaction of its own, and returns the names. */
export async function migrate(url: string): Promise<string[]> {
  const source = await createDataSource(url, { max: 1, statementTimeoutMs: 0 }).initialize();
  try {
    // Two deployments may migrate at once: the second waits here, and then finds nothing pending.
    await source.query('select pg_advisory_lock(hashtext($1))', ['bridgecore.migrate']);
    const applied = await source.runMigrations({ transaction: 'each' });
    return applied.map(({ name }) => name);
  } finally {
    await source.destroy();
  }
}

/** The migrations that this version needs and the database does not have. */
export async function pendingMigrations(pool: Pool): Promise<string[]> {
  const names = MIGRATIONS.map(({ name }) => name);
  try {
    const { rows } = await pool.query<{ name: string }>('select name from migrations');
    const applied = new Set(rows.map(({ name }) => name));
    return names.filter((name) => !applied.has(name));
  } catch (error) {
    if ((error as { code?: unknown }).code === '42P01') return names; // no such table: a new database
    throw translate(error);
  }
}
