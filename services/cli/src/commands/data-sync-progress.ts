import { setTimeout as sleep } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import { SyncView } from '../api/shapes';
import { explained } from '../cli-error';
import { Context } from '../context';
import { EXIT } from '../exit-codes';

const POLL_MS = 500;

/** Asks for a sync until it has ended, with a bar in a terminal. A gateway that is away for a while ends nothing. */
export async function followSync(
  { output, world }: Context,
  id: string,
  read: () => Promise<SyncView>,
): Promise<SyncView> {
  const bar = output.isTerminal && world.err.isTTY === true ? new ProgressBar() : undefined;
  const tellLater = (): void => {
    bar?.stop();
    output.note(`The sync goes on: bridgecore data-sync status ${id}`);
  };
  world.interrupted.addEventListener('abort', tellLater);
  try {
    for (;;) {
      const run = await patiently(read);
      if (run !== undefined) bar?.show(run);
      if (run?.state === 'done' || run?.state === 'failed') return run;
      await sleep(POLL_MS, undefined, { signal: world.interrupted });
    }
  } finally {
    world.interrupted.removeEventListener('abort', tellLater);
    bar?.stop();
  }
}

async function patiently(read: () => Promise<SyncView>): Promise<SyncView | undefined> {
  try {
    return await read();
  } catch (error) {
    if (explained(error)?.exitCode === EXIT.unavailable) return undefined;
    throw error;
  }
}

/** A bar on standard error, gone when it is stopped. */
class ProgressBar {
  private readonly bar = new SingleBar({
    format: '{what} {bar} {value} of {total}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    clearOnComplete: true,
    linewrap: false,
  });
  private isStarted = false;

  show({ state, progress, source_system_id: from, target_system_id: to, dry_run: isDry }: SyncView): void {
    const back = progress?.direction === 'reverse';
    const way = back ? `${to} → ${from}` : `${from} → ${to}`;
    const what = state === 'waiting' ? 'waiting for a worker' : `${isDry ? 'dry run ' : ''}${way}`;
    const { done = 0, total = 0 } = progress ?? {};
    const all = Math.max(total, done, 1); // a bar of nothing is full
    if (!this.isStarted) this.bar.start(all, done, { what });
    this.isStarted = true;
    this.bar.setTotal(all);
    this.bar.update(done, { what });
  }

  stop(): void {
    if (this.isStarted) this.bar.stop();
    this.isStarted = false;
  }
}
