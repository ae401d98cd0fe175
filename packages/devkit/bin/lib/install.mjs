import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, rootManifest, workspaceFolders } from './paths.mjs';
import { runQuietly } from './steps.mjs';

// Beside what was installed: whoever removes node_modules removes this too.
const STAMP = join(root, 'node_modules', '.bridgecore-installed');

/** Installs what the lock file says, unless that is what is there. */
export async function install() {
  const fingerprint = fingerprintOfManifests();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === fingerprint) return 'unchanged';
  const pnpm = rootManifest().packageManager.split('+')[0];
  // CI=true: pnpm must not ask before it replaces folders of an older installation.
  const env = { ...process.env, CI: 'true' };
  await runQuietly('npx', ['--yes', pnpm, 'install', '--frozen-lockfile'], { env });
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  writeFileSync(STAMP, fingerprint);
  return undefined;
}

/** Whatever decides what is installed: the manifests, the lock, and for which Node and system. */
function fingerprintOfManifests() {
  const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml'].map((name) => join(root, name));
  const hash = createHash('sha256').update([process.versions.modules, process.platform, process.arch].join());
  for (const file of [...files, ...workspaceFolders().map((folder) => join(folder, 'package.json'))]) {
    hash.update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}
