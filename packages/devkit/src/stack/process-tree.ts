import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const hasProc = process.platform === 'linux';

/** Whether a process of this id exists and is more than a zombie waiting for its parent. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  return !hasProc || stateOf(pid) !== 'Z';
}

/** Sends a signal, and says whether there was still somebody to get it. A negative id means the whole group. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false;
  }
}

/** Signals a process and all below it. PostgreSQL's processes each lead a group of their own, so a group is not enough. */
export function signalTree(pid: number, name: NodeJS.Signals): void {
  const reached = new Set<number>();
  // The parent comes first, since it must not replace a child; again until nobody new turns up.
  for (let found = [pid]; found.length > 0; found = descendants(pid).filter((child) => !reached.has(child))) {
    for (const each of found) {
      reached.add(each);
      signal(each, name);
    }
  }
}

/** All processes below this one, as far as they have not been orphaned. */
export function descendants(pid: number): number[] {
  const childrenOf = new Map<number, number[]>();
  for (const [child, parent] of everyProcess()) childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), child]);
  const found: number[] = [];
  const queue = [pid];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const children = childrenOf.get(next) ?? [];
    found.push(...children);
    queue.push(...children);
  }
  return found;
}

/** Whether `pid` is a process that works in `directory`, as a store does in its data. Ids are reused: never trust one from a file. */
export function worksIn(pid: number, directory: string, program: string): boolean {
  if (!isAlive(pid)) return false;
  try {
    if (hasProc) return readlinkSync(`/proc/${pid}/cwd`) === directory;
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).includes(program);
  } catch {
    return false;
  }
}

function everyProcess(): [pid: number, parent: number][] {
  if (!hasProc) {
    const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
    return lines.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => [Number(pid), Number(statOf(Number(pid))[1] ?? 0)]);
}

function stateOf(pid: number): string | undefined {
  return statOf(pid)[0];
}

/** State, parent and so on: what follows the program's name, which may itself hold blanks and brackets. */
function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}
