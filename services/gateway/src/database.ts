import { DataSource } from 'typeorm';
import { BridgeError } from '@bridgecore/contracts';
import { createDataSource } from '@bridgecore/database';
import { Check, Log, probe } from '@bridgecore/runtime';

/** PostgreSQL as the gateway needs it: for operators only, and never at the cost of a push. */
export interface GatewayDatabase {
  /** The open source; throws `DATABASE_UNAVAILABLE` while there is none. */
  readonly source: () => DataSource;
  readonly check: Check;
  close(): Promise<void>;
}

/** Opens PostgreSQL in the background, and tries again until it is there. */
export function openDatabase(url: string, log: Log): GatewayDatabase {
  const source = createDataSource(url);
  let wasUp = true;
  const connection = probe(async () => {
    const problem = await connect(source);
    if (problem !== null && wasUp)
      log.warn('postgres.down', { error: problem, hint: 'pushes are accepted all the same' });
    if (problem === null && !wasUp) log.info('postgres.up');
    wasUp = problem === null;
    return wasUp;
  });
  return {
    source: () => {
      if (source.isInitialized) return source;
      throw new BridgeError('DATABASE_UNAVAILABLE', 'PostgreSQL is not available.', { retryAfterSeconds: 5 });
    },
    check: () => (connection.isUp() ? 'up' : 'degraded'),
    close: async () => {
      connection.stop();
      if (source.isInitialized) await source.destroy();
    },
  };
}

async function connect(source: DataSource): Promise<Error | null> {
  try {
    if (!source.isInitialized) await source.initialize();
    await source.query('select 1');
    return null;
  } catch (error) {
    return error as Error;
  }
}
