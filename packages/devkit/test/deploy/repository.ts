import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** The top of the clone. */
export const ROOT = join(__dirname, '../../../../..');

/** Which services there are, by the names of their folders. */
export const SERVICES = readdirSync(join(ROOT, 'services')).sort();

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Every document of a YAML file, with `<<` merged as compose does it. The shape is the caller's claim. */
export function readYaml<Shape>(path: string, edit = (text: string): string => text): Shape[] {
  return parseAllDocuments(edit(readText(path)), { merge: true }).map((document) => {
    if (document.errors[0] !== undefined) throw new Error(`${path}: ${document.errors[0].message}`);
    return document.toJS() as Shape;
  });
}

/** What a file of NAME=value lines says; comments are passed over. */
export function readEnv(path: string): Record<string, string> {
  const lines = readText(path)
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line));
  return Object.fromEntries(lines.map((line) => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)]));
}

/** A compiled module of the repository, which the devkit must not import: its types are the caller's claim. */
export function load<Module>(path: string): Module {
  return createRequire(__filename)(join(ROOT, path)) as Module;
}
