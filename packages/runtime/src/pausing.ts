import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'bullmq';
import { Log } from './logger';

/** Something outside that may be away for long. */
export interface Dependency {
  isAway(error: unknown): boolean;
  /** Resolves when it is there again. */
  returned(): Promise<void>;
}

/** A worker that stops taking jobs while it cannot do them. */
export interface Pausing {
  /** Stops until the dependency is there again; asked again meanwhile, it does nothing. */
  pause(): void;
  readonly isPaused: () => boolean;
  /** Says that a job did not meet it away. */
  met(): void;
}

/** The longest pause before it is tried again with something that answers and yet does not do its work. */
const MAX_EXTRA_MS = 30_000;

/**
 * Pauses a worker while `dependency` is away. It may answer and yet fail every job (a full disk, say): with each pause
 * that no job has gone through since, the next lasts twice as long, or the jobs would be tried in a circle.
 */
export function pausing(worker: Worker, dependency: Dependency | undefined, log: Log): Pausing {
  const queue = worker.name;
  let isPaused = false;
  let fruitless = 0;
  const wait = async (): Promise<void> => {
    await worker.pause(true);
    await dependency?.returned().catch(() => undefined); // who cannot tell is asked again by the next job
    if (fruitless > 0) await sleep(Math.min(500 * 2 ** fruitless, MAX_EXTRA_MS), undefined, { ref: false });
    fruitless += 1;
    isPaused = false;
    if (worker.closing !== undefined) return;
    await worker.resume();
    log.info('queue.resumed', { queue });
  };
  return {
    isPaused: () => isPaused,
    pause: () => {
      if (isPaused) return;
      isPaused = true;
      log.warn('queue.paused', { queue });
      void wait();
    },
    met: () => {
      fruitless = 0;
    },
  };
}
