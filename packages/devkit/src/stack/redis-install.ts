import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { installFromDebian } from './debian-install';
import { findExecutable, runApart } from './executables';
import { EXIT_UNAVAILABLE, StackError } from './stack-error';

const PROGRAMS = ['redis-server', 'valkey-server'];
const OLDEST = 7;

/** The path of a Redis server, installed with Debian's package manager where there is none and we may. */
export async function findOrInstallRedis(log: (line: string) => void): Promise<string> {
  const found = findExecutable(...PROGRAMS) ?? (await install(log));
  if (found === null) throw new StackError(advice('There is no redis-server on the PATH.'), EXIT_UNAVAILABLE);
  const version = /v=(\d+)[.\d]*/.exec(spawnSync(found, ['--version'], { encoding: 'utf8' }).stdout);
  if (version !== null && Number(version[1]) < OLDEST) {
    throw new StackError(
      advice(`${found} is ${version[0].slice(2)}, and Redis ${OLDEST} or newer is needed.`),
      EXIT_UNAVAILABLE,
    );
  }
  return found;
}

async function install(log: (line: string) => void): Promise<string | null> {
  const installed = await installFromDebian(['redis-server'], log, keepingItFromStarting);
  if (installed === null) return null;
  if (installed.code === 0) return findExecutable(...PROGRAMS);
  throw new StackError(advice(`Installing redis-server failed:\n${installed.output}`), EXIT_UNAVAILABLE);
}

/**
 * Only the program is wanted, not a Redis of the system on port 6379. `RUNLEVEL=1` says so to the old init scripts;
 * systemd is told by a mask for the time of the installation, and not to start it with the machine.
 */
async function keepingItFromStarting<T>(asRoot: readonly string[], work: () => Promise<T>): Promise<T> {
  if (!existsSync('/run/systemd/system')) return work();
  const systemctl = (...args: string[]) => runApart([...asRoot, 'systemctl', ...args, 'redis-server.service']);
  await systemctl('mask', '--runtime');
  try {
    return await work();
  } finally {
    await systemctl('unmask', '--runtime');
    await systemctl('disable');
  }
}

function advice(problem: string): string {
  return (
    `${problem}\nInstall Redis ${OLDEST} or newer (Debian and Ubuntu: sudo apt-get install redis-server; macOS: brew install redis),\n` +
    'or (for npm start) set REDIS_URL to a Redis of your own. Then run the command again.'
  );
}
