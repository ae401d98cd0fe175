import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top of the clone, wherever the command was called from. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..');

/** The devkit as compiled. */
export const compiled = join(root, 'packages', 'devkit', 'dist', 'src');

/** The top-level package.json, as it is. */
export function rootManifest() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
}

/** The folder of every service and package. */
export function workspaceFolders() {
  const parents = ['packages', 'services'].map((name) => join(root, name)).filter((path) => existsSync(path));
  const folders = parents.flatMap((parent) => readdirSync(parent).map((name) => join(parent, name)));
  return folders.filter((folder) => existsSync(join(folder, 'package.json'))).sort();
}
