/** Does something now and then again and again, never twice at once; resolves when stopped and the last one is over. */
export interface Kept {
  stop(): Promise<void>;
}

/** How soon something that failed is tried again. */
const RETRY_MS = 1_000;

/** Keeps doing `work` every so often; a failure is handed to `failed` and `work` is tried again soon. */
export function keep(work: () => Promise<void>, everyMs: number, failed: (error: unknown) => void): Kept {
  let stopped = false;
  let wake: () => void = () => undefined;
  const loop = async (): Promise<void> => {
    while (!stopped) {
      const pause = await work().then(
        () => everyMs,
        (error: unknown) => {
          failed(error);
          return Math.min(RETRY_MS, everyMs);
        },
      );
      if (!stopped)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, pause);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
    }
  };
  const done = loop();
  return {
    stop: () => {
      stopped = true;
      wake();
      return done;
    },
  };
}
