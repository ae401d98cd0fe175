import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian has servers in /usr/bin; other systems put them where an ordinary user's PATH does not look. */
const SERVER_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/opt/homebrew/bin'];

/** Where the first of these programs is, on the PATH or where servers are put; null when there is none. */
export function findExecutable(...programs: readonly string[]): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter).filter(Boolean), ...SERVER_FOLDERS];
  return programs.flatMap((program) => folders.map((folder) => join(folder, program))).find(isExecutable) ?? null;
}

/** True when this file is there and may be run. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** How a command ended, and all that it said. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs a command in a session of its own: Ctrl-C must not leave the package system half-way. */
export async function runApart([command = '', ...args]: readonly string[], cwd?: string): Promise<Ended> {
  const child = spawn(command, args, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? 1, output };
}
