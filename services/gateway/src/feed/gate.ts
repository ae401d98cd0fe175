import { BridgeError } from '@bridgecore/contracts';

/** How many consumers get their turn at once, and how long others wait for theirs. */
export interface GateOptions {
  readonly slots: number;
  readonly maxWaiting: number;
  readonly waitMs: number;
}

/**
 * Consumers share a few connections with operators, and the process with pushes: of a thousand devices that call at once so
 * many get their turn, in the order of their coming, and who waits too long is told when to come again.
 */
export class Gate {
  private readonly waiting = new Set<() => void>();
  private busy = 0;

  constructor(private readonly options: GateOptions) {}

  /** Does the work when it is its turn; `isGone` says that nobody waits for it any more. */
  async run<T>(work: () => Promise<T>, isGone: () => boolean): Promise<T> {
    await this.enter();
    try {
      if (isGone()) throw busy();
      return await work();
    } finally {
      this.leave();
    }
  }

  private async enter(): Promise<void> {
    const { slots, maxWaiting, waitMs } = this.options;
    if (this.busy < slots) {
      this.busy += 1;
      return;
    }
    if (this.waiting.size >= maxWaiting) throw busy();
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(next);
        reject(busy());
      }, waitMs);
      const next = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.waiting.add(next);
    });
  }

  /** The slot goes to the first who waits, so that nobody who has just come takes it. */
  private leave(): void {
    const [next] = this.waiting;
    if (next === undefined) {
      this.busy -= 1;
      return;
    }
    this.waiting.delete(next);
    next();
  }
}

const MAX_RETRY_SECONDS = 5;

/** Spread, or all come back at once. */
function busy(): BridgeError {
  const retryAfterSeconds = 1 + Math.floor(Math.random() * MAX_RETRY_SECONDS);
  return new BridgeError('CONSUMERS_BUSY', 'More consumers read at the moment than get their turn.', {
    retryAfterSeconds,
  });
}
