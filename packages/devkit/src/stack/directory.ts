import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endLeftover, readPid } from './leftovers';
import { isAlive } from './process-tree';
import { StackError } from './stack-error';

const LOCK = 'keeper.pid';
const TEMPORARY = 'bridgecore-stack-';
const CLOSING = 'closing';
const CLOSING_MS = 45_000; // longer than a keeper takes to end everything

/** A folder that only one keeper uses at a time. */
export interface StackDirectory {
  readonly path: string;
  /** Says that the stores are being stopped: who wants the folder then waits for it. */
  closing(): void;
  release(): void;
}

/** Takes the folder for this process, or says who has it. A keeper that is just ending is waited for. */
export async function takeDirectory(given: string): Promise<StackDirectory> {
  mkdirSync(given, { recursive: true });
  const path = realpathSync(given);
  const lock = join(path, LOCK);
  const deadline = Date.now() + CLOSING_MS;
  while (!tryLock(lock)) {
    const holder = holderOf(lock);
    if (holder === null) rmSync(lock, { force: true });
    else if (!holder.closing || Date.now() > deadline) {
      throw new StackError(`${path} is in use by another BridgeCore (process ${holder.pid}). Stop that one first.`);
    } else await sleep(100);
  }
  return {
    path,
    closing: () => {
      writeFileSync(lock, `${process.pid}\n${CLOSING}\n`);
    },
    release: () => {
      rmSync(lock, { force: true });
    },
  };
}

/** A new folder that is removed in the end; those that crashes have left behind are removed now. */
export async function takeTemporaryDirectory(): Promise<StackDirectory> {
  await removeAbandoned();
  const path = realpathSync(mkdtempSync(join(tmpdir(), TEMPORARY)));
  chmodSync(path, 0o711); // PostgreSQL's account has to get through
  tryLock(join(path, LOCK));
  return {
    path,
    closing: () => undefined,
    release: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

async function removeAbandoned(): Promise<void> {
  const found = readdirSync(tmpdir()).filter((name) => name.startsWith(TEMPORARY));
  for (const path of found.map((name) => join(tmpdir(), name))) {
    const { uid } = statSync(path, { throwIfNoEntry: false }) ?? {};
    const pid = readPid(join(path, LOCK));
    if (uid !== process.getuid?.() || pid === null || isKeeper(pid)) continue;
    await endLeftover(join(path, 'redis.pid'), join(path, 'redis'), 'redis-server', 'SIGTERM');
    const data = join(path, 'postgres', 'data');
    await endLeftover(join(data, 'postmaster.pid'), data, 'postgres', 'SIGINT');
    rmSync(path, { recursive: true, force: true });
  }
}

function tryLock(file: string): boolean {
  try {
    writeFileSync(file, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

function holderOf(lock: string): { pid: number; closing: boolean } | null {
  const pid = readPid(lock);
  if (pid === null || !isKeeper(pid)) return null;
  return { pid, closing: readFileSync(lock, 'utf8').includes(CLOSING) };
}

/** Ids are used again: after a restart of the machine, any process may have that of the old keeper. */
function isKeeper(pid: number): boolean {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('keeper-main.js');
  } catch {
    return false;
  }
}
