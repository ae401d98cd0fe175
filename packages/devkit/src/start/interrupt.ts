const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
// Ctrl-C in a terminal comes to us and to npm, which passes it on: the same wish, twice.
const SAME_WISH_MS = 1_000;
const PARENT_CHECK_MS = 500;

/** The user's wish to end: `first` asks for an orderly end, `second` for an end now. */
export interface Interrupts {
  readonly first: AbortSignal;
  readonly second: AbortSignal;
  /** Leaves signals to the system again. */
  dispose(): void;
}

/** Listens for Ctrl-C and its like, and for an output that nobody reads any more. */
export function listenForInterrupts(output: NodeJS.WritableStream): Interrupts {
  const [first, second] = [new AbortController(), new AbortController()];
  let firstAt = Infinity;
  const take = (): void => {
    if (!first.signal.aborted) {
      firstAt = Date.now();
      first.abort(new Error('interrupted'));
    } else if (Date.now() - firstAt > SAME_WISH_MS) second.abort(new Error('interrupted again'));
  };
  for (const name of SIGNALS) process.on(name, take);
  output.on('error', take);
  const watch = watchNpm(take);
  return {
    first: first.signal,
    second: second.signal,
    dispose: () => {
      clearInterval(watch);
      for (const name of SIGNALS) process.off(name, take);
    },
  };
}

/** Whoever kills npm means us too. Without npm, a parent that ends means nothing: that is how one goes to the background. */
function watchNpm(gone: () => void): NodeJS.Timeout | undefined {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch); // one wish, not a new one with each look
    gone();
  }, PARENT_CHECK_MS).unref();
  return watch;
}
