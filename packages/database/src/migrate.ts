import { loadConfig, start } from '@bridgecore/runtime';
import { DatabaseConfig } from './config';
import { migrate } from './migrations';

/** The command that brings the database's schema up to date. */
start(async () => {
  const { DATABASE_URL } = loadConfig([DatabaseConfig]);
  const applied = await migrate(DATABASE_URL);
  process.stdout.write(applied.length === 0 ? 'The schema is up to date.\n' : `Applied: ${applied.join(', ')}.\n`);
});
