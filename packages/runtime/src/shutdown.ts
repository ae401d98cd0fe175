import { Log } from './logger';

interface Step {
  readonly name: string;
  readonly close: () => unknown;
}

/** Closes in reverse what was opened in order, within a time limit; asked a second time, it ends the process. */
export class Shutdown {
  private readonly steps: Step[] = [];
  private started = false;

  constructor(
    private readonly log: Log,
    private readonly timeoutMs: number,
  ) {}

  get hasBegun(): boolean {
    return this.started;
  }

  /** Says how to close what was just opened; also while closing, for what was being opened when the signal came. */
  defer(name: string, close: () => unknown): void {
    this.steps.push({ name, close });
  }

  /** Ends the process in order on SIGTERM and SIGINT, and with 1 after a bug that nobody caught. */
  listen(): void {
    process.on('SIGTERM', () => void this.run('SIGTERM', 0));
    process.on('SIGINT', () => void this.run('SIGINT', 0));
    process.on('uncaughtException', (error) => {
      this.log.error('process.crashed', { error });
      void this.run('uncaughtException', 1);
    });
  }

  async run(reason: string, exitCode: number): Promise<void> {
    if (this.started) process.exit(1); // asked twice means now
    this.started = true;
    this.log.info('shutdown.started', { reason });
    let closing = '';
    setTimeout(() => {
      this.log.error('shutdown.timeout', { closing });
      process.exit(1);
    }, this.timeoutMs);
    for (let step = this.steps.pop(); step !== undefined; step = this.steps.pop()) {
      closing = step.name;
      try {
        await step.close();
      } catch (error) {
        exitCode = 1;
        this.log.error('shutdown.step_failed', { closing, error });
      }
    }
    this.log.info('shutdown.done');
    process.exit(exitCode);
  }
}
