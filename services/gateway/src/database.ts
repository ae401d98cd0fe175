import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { BridgeError } from '@bridgecore/contracts';
import { createDataSource, pendingMigrations } from '@bridgecore/database';
import { Check, Log, probe } from '@bridgecore/runtime';

/** PostgreSQL as the gateway needs it: for operators only, and never at the cost of a push. */
export interface GatewayDatabase {
  /** The open source; throws `DATABASE_UNAVAILABLE` while there is none. */
  readonly source: () => DataSource;
  readonly check: Check;
  close(): Promise<void>;
}

/** Opens PostgreSQL in the background, and tries again until it is there with the schema that this version needs. */
export function openDatabase(url: string, log: Log): GatewayDatabase {
  const source = createDataSource(url);
  let problem: Error | null = null;
  let isUsable = false; // it stays so: what fails later says so itself
  const connection = probe(async () => {
    const found = await look(source, isUsable);
    if (found !== null && problem === null)
      log.warn('postgres.down', { error: found, hint: 'pushes are accepted all the same' });
    if (found === null && problem !== null) log.info('postgres.up');
    problem = found;
    isUsable ||= found === null;
    return found === null;
  });
  return {
    source: () => {
      if (isUsable) return source;
      const detail = problem instanceof BridgeError ? problem.message : 'PostgreSQL is not available.';
      throw new BridgeError('DATABASE_UNAVAILABLE', detail, { retryAfterSeconds: 5 });
    },
    check: () => (connection.isUp() ? 'up' : 'degraded'),
    close: async () => {
      connection.stop();
      if (source.isInitialized) await source.destroy();
    },
  };
}

/** What keeps PostgreSQL from being used, or null. */
async function look(source: DataSource, isSchemaKnown: boolean): Promise<Error | null> {
  try {
    if (!source.isInitialized) await source.initialize();
    await source.query('select 1');
    const pending = isSchemaKnown ? [] : await pendingMigrations((source.driver as unknown as { master: Pool }).master);
    return pending.length === 0 ? null : outdated(pending);
  } catch (error) {
    return error as Error;
  }
}

function outdated(pending: readonly string[]): BridgeError {
  const detail = `The database waits for its migrations (npm run migrate): ${pending.join(', ')}.`;
  return new BridgeError('DATABASE_UNAVAILABLE', detail);
}
