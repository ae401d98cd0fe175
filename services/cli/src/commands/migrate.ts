import { createPool, DatabaseConfig, migrate, pendingMigrations, translate } from '@bridgecore/database';
import { loadConfig } from '@bridgecore/runtime';
import { examples, Registrar } from '../command';
import { EXIT } from '../exit-codes';
import { silentLog } from '../silent-log';
import { counted } from '../text/prose';

/** Brings the schema up to date. */
export function migrateCommand({ program, act }: Registrar): void {
  program
    .command('migrate')
    .summary('bring the schema of DATABASE_URL up to date')
    .description(
      'Applies the migrations that are pending, each in a transaction of its own. Any number may run at once.',
    )
    .option('--check', 'only say what is pending; ends with 1 when something is')
    .addHelpText(
      'after',
      examples(['migrate', 'before a new version is started'], ['migrate --check', 'is it needed?']),
    )
    .action(
      act<{ check?: boolean }>(async ({ env, output }, { check = false }) => {
        const { DATABASE_URL: url } = loadConfig([DatabaseConfig], env);
        const names = await (check ? pendingIn(url) : apply(url));
        if (output.isJson) output.json(check ? { pending: names } : { applied: names });
        else if (names.length === 0) output.print('The schema is up to date.');
        else
          output.print(
            [`${counted(names.length, 'migration')} ${check ? 'pending' : 'applied'}:`, ...names].join('\n  '),
          );
        return check && names.length > 0 ? EXIT.found : EXIT.ok;
      }),
    );
}

function apply(url: string): Promise<string[]> {
  return migrate(url).catch((error: unknown) => {
    throw translate(error);
  });
}

async function pendingIn(url: string): Promise<string[]> {
  const pool = createPool(url, silentLog, { max: 1, statementTimeoutMs: 5_000 });
  try {
    return await pendingMigrations(pool);
  } finally {
    await pool.end();
  }
}
