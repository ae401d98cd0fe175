import { readFileSync, rmSync } from 'node:fs';
import { until } from '../until';
import { descendants, isAlive, signal, signalTree, worksIn } from './process-tree';

/**
 * Ends the store that a crash has left running in `data`, and removes its pid file. The file alone proves nothing: its
 * process may be gone and the id be somebody else's by now.
 */
export async function endLeftover(
  pidFile: string,
  data: string,
  program: string,
  endSignal: NodeJS.Signals,
): Promise<void> {
  const pid = readPid(pidFile);
  if (pid === null) return;
  if (worksIn(pid, data, program)) {
    const family = [pid, ...descendants(pid)];
    const gone = (timeoutMs: number) =>
      until(() => !family.some(isAlive), { what: `the leftover ${program} to end`, timeoutMs });
    signalTree(pid, 'SIGCONT');
    signal(pid, endSignal);
    await gone(10_000).catch(async () => {
      signalTree(pid, 'SIGKILL');
      await gone(5_000);
    });
  }
  rmSync(pidFile, { force: true });
}

/** The process id in the first line of a file, or null. */
export function readPid(file: string): number | null {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return pid > 1 ? pid : null;
  } catch {
    return null;
  }
}
