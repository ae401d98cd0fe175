import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Log } from './logger';

interface Step {
  readonly name: string;
  readonly close: () => unknown;
  readonly inHand: () => readonly string[];
}

/** Shorter waits say nothing about what a shutdown has taken its time for. */
const NOTABLE_MS = 10;

/**
 * Ends the process in order. At once it is said that it has begun, so that nothing new is taken; for the time of the
 * delay it goes on serving, until whoever balances the load has noticed; then what was opened in order is closed in
 * reverse, within a time limit. Asked a second time, it ends the process.
 */
export class Shutdown {
  private readonly steps: Step[] = [];
  private readonly beginning = new AbortController();

  /** `timeoutMs` bounds what comes after the delay. */
  constructor(
    private readonly log: Log,
    private readonly timeoutMs: number,
    private readonly delayMs = 0,
  ) {
    setMaxListeners(0, this.begun); // each run and call under way listens: with many, Node would warn of a leak
  }

  /** Aborted when the shutdown begins: from then on the process is not ready, and takes nothing new of its own accord. */
  get begun(): AbortSignal {
    return this.beginning.signal;
  }

  get hasBegun(): boolean {
    return this.begun.aborted;
  }

  /**
   * Says how to close what was just opened; also while closing, for what was being opened when the signal came.
   * `inHand` names what is still under way there, for the log.
   */
  defer(name: string, close: () => unknown, inHand: () => readonly string[] = () => []): void {
    this.steps.push({ name, close, inHand });
  }

  /** Ends the process in order on SIGTERM and SIGINT, and with 1, without any delay, after a bug that nobody caught. */
  listen(): void {
    process.on('SIGTERM', () => void this.run('SIGTERM', 0, this.delayMs));
    process.on('SIGINT', () => void this.run('SIGINT', 0, this.delayMs));
    process.on('uncaughtException', (error) => {
      this.log.error('process.crashed', { error });
      void this.run('uncaughtException', 1, 0);
    });
  }

  private async run(reason: string, exitCode: number, delayMs: number): Promise<void> {
    if (this.hasBegun) process.exit(1); // asked twice means now
    const startedAt = performance.now();
    this.log.info('shutdown.started', { reason, delay_seconds: delayMs / 1_000, in_hand: inHand(this.steps) });
    this.beginning.abort();
    if (delayMs > 0) {
      await sleep(delayMs);
      this.log.info('shutdown.draining', { in_hand: inHand(this.steps) });
    }
    const { hasFailed, waited } = await this.closeAll();
    this.log.info('shutdown.done', { duration_ms: msSince(startedAt), waited_ms: waited });
    process.exit(hasFailed ? 1 : exitCode);
  }

  private async closeAll(): Promise<Closed> {
    const waited: Record<string, number> = {};
    let hasFailed = false;
    let closing: Step | undefined;
    setTimeout(() => {
      this.giveUp(closing);
    }, this.timeoutMs);
    for (closing = this.steps.pop(); closing !== undefined; closing = this.steps.pop()) {
      const { name, close } = closing;
      const startedAt = performance.now();
      try {
        await close();
      } catch (error) {
        hasFailed = true;
        this.log.error('shutdown.step_failed', { closing: name, error });
      }
      const ms = msSince(startedAt);
      if (ms >= NOTABLE_MS) waited[name] = ms;
    }
    return { hasFailed, waited };
  }

  private giveUp(closing: Step | undefined): void {
    const open = closing === undefined ? this.steps : [...this.steps, closing];
    const hint = 'a job in hand is run again by another worker when its lock has run out; a request is cut off';
    this.log.error('shutdown.timeout', { closing: closing?.name, in_hand: inHand(open), hint });
    process.exit(1);
  }
}

interface Closed {
  readonly hasFailed: boolean;
  /** In milliseconds, by step; what took no time is left out. */
  readonly waited: Readonly<Record<string, number>>;
}

/** What is under way, newest first; undefined, so that the log says nothing of it, when there is nothing. */
function inHand(steps: readonly Step[]): string[] | undefined {
  const found = steps.flatMap((step) => step.inHand().map((what) => `${step.name}: ${what}`)).reverse();
  return found.length === 0 ? undefined : found;
}

const msSince = (startedAt: number): number => Math.round(performance.now() - startedAt);
