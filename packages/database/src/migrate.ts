import { BridgeError } from '@bridgecore/contracts';
import { ConfigError, loadConfig, start } from '@bridgecore/runtime';
import { DatabaseConfig } from './config';
import { migrate } from './migrations';
import { translate } from './pool';

/** The command that brings the database's schema up to date. */
start(async () => {
  const { DATABASE_URL } = loadConfig([DatabaseConfig]);
  const applied = await migrate(DATABASE_URL).catch((error: unknown) => {
    const failure = translate(error);
    if (!(failure instanceof BridgeError)) throw error;
    throw new ConfigError([`DATABASE_URL: ${failure.message}`]);
  });
  process.stdout.write(applied.length === 0 ? 'The schema is up to date.\n' : `Applied: ${applied.join(', ')}.\n`);
});
