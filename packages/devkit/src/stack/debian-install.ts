import { spawnSync } from 'node:child_process';
import { type Ended, findExecutable, runApart } from './executables';

/** Runs the installation itself; whoever installs a server has something to do around it. */
export type Around = (asRoot: readonly string[], install: () => Promise<Ended>) => Promise<Ended>;

/** Installs packages with Debian's package manager; null where there is none, or we may not. */
export async function installFromDebian(
  packages: readonly string[],
  log: (line: string) => void,
  around: Around = (_asRoot, install) => install(),
): Promise<Ended | null> {
  const asRoot = prefixToBeRoot();
  if (asRoot === null || findExecutable('apt-get') === null) return null;
  log(`there is no ${packages.join(', no ')}: installing it with apt-get …`);
  const settings = ['DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1'];
  const apt = [...asRoot, 'env', ...settings, 'apt-get', '-o', 'DPkg::Lock::Timeout=300', '-qq'];
  const updated = await runApart([...apt, 'update']); // may fail in part: a broken third source does not matter
  const install = (): Promise<Ended> => runApart([...apt, 'install', '-y', '--no-install-recommends', ...packages]);
  const { code, output } = await around(asRoot, install);
  return { code, output: `${updated.output}${output}`.trimEnd() };
}

function prefixToBeRoot(): string[] | null {
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : null;
}
