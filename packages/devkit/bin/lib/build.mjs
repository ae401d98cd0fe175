import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root, workspaceFolders } from './paths.mjs';
import { runQuietly } from './steps.mjs';

/** Compiles every service and package, sources and tests; only what changed, when something is there already. */
export async function build() {
  const folders = workspaceFolders().filter((folder) => existsSync(join(folder, 'tsconfig.json')));
  folders.forEach(removeOrphans);
  const projects = folders.map((folder) => relative(root, folder));
  await runQuietly(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b', ...projects]);
}

/** The compiler leaves what it made of files that are gone: a test that was removed would still run. */
function removeOrphans(folder) {
  const dist = join(folder, 'dist');
  if (!existsSync(dist)) return;
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const made = join(entry.parentPath, entry.name);
    const source = join(folder, relative(dist, made)).replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts');
    if (entry.isFile() && source.endsWith('.ts') && !existsSync(source)) rmSync(made);
  }
}
