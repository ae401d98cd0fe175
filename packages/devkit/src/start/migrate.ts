import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NotReady } from './ready';

/** Brings the schema up to date, with the same command that a deployment uses. */
export async function migrate(root: string, logs: string, env: Readonly<Record<string, string>>): Promise<void> {
  const script = join(root, 'packages/database/dist/src/migrate.js');
  mkdirSync(logs, { recursive: true });
  const output = await promisify(execFile)(process.execPath, ['--enable-source-maps', script], { env }).catch(
    (error: unknown) => {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      throw new NotReady(`Updating the database's schema failed:\n${stdout}${stderr}`.trimEnd());
    },
  );
  writeFileSync(join(logs, 'migrate.log'), `${output.stdout}${output.stderr}`);
}
