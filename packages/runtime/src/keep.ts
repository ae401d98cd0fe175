import { setTimeout as sleep } from 'node:timers/promises';

/** Does something now and then again and again, never twice at once. */
export interface Kept {
  /** Resolves when the last time is over. */
  stop(): Promise<void>;
}

/** How soon something that failed is tried again. */
const RETRY_MS = 1_000;

/** Keeps doing `work` every so often; a failure is handed to `failed`, and `work` is tried again soon. */
export function keep(work: () => Promise<void>, everyMs: number, failed: (error: unknown) => void): Kept {
  const stopped = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      let pause = everyMs;
      try {
        await work();
      } catch (error) {
        failed(error);
        pause = Math.min(RETRY_MS, everyMs);
      }
      await sleep(pause, undefined, { signal: stopped.signal }).catch(() => undefined); // stopped: nothing to wait for
    }
  };
  const done = loop();
  return {
    stop: () => {
      stopped.abort();
      return done;
    },
  };
}
