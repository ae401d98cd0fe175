import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../until';
import { descendants, isAlive, signal, signalTree } from './process-tree';
import type { Launch } from './run-as';

/** How a store is run: what to start, how it is asked to end, and how to tell that it answers. */
export interface StoreProgram {
  readonly title: string;
  readonly launch: Launch;
  readonly url: string;
  readonly port: number;
  readonly logFile: string;
  readonly endSignal: NodeJS.Signals;
  readonly answers: () => Promise<boolean>;
}

const START_MS = 60_000; // recovery after a crash may replay much
const RETRY_MS = 10_000;
const STOP_MS = 20_000;

/** One store, which can be stopped, killed, frozen and started again, always on the same port with the same data. */
export class StoreProcess {
  private child: ChildProcess | null = null;
  private wanted = false;
  private answered = false;

  constructor(
    readonly program: StoreProgram,
    private readonly onDeath: (how: string) => void,
  ) {}

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  /** Resolves when the store answers; when it cannot run, the error holds the end of its log. */
  async start(): Promise<void> {
    if (this.child !== null) return;
    this.wanted = true;
    const deadline = Date.now() + RETRY_MS;
    // What a killed PostgreSQL leaves behind (memory, children) goes away by itself, but not at once: until then a new one gives up.
    while (!(await this.tryToStart())) {
      if (this.isUnwanted()) throw new Error(`${this.program.title} was stopped while it started`);
      if (Date.now() > deadline) throw new Error(`${this.program.title} does not start:\n${this.lastLines()}`);
      await sleep(300);
    }
  }

  async stop(): Promise<void> {
    await this.end(() => {
      this.resume();
      if (this.pid !== null) signal(this.pid, this.program.endSignal);
    });
  }

  /** Ends it without mercy, and with it all that it has started. */
  async kill(name: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.end(() => {
      if (this.pid !== null) signalTree(this.pid, name);
    });
  }

  /** Freezes it: connections stay open, and nothing answers. */
  pause(): void {
    if (this.pid !== null) signalTree(this.pid, 'SIGSTOP');
  }

  resume(): void {
    if (this.pid !== null) signalTree(this.pid, 'SIGCONT');
  }

  /** Asked by a method, since the compiler cannot know that it changes while we wait. */
  private isUnwanted(): boolean {
    return !this.wanted;
  }

  /** False when it ended without having answered. */
  private async tryToStart(): Promise<boolean> {
    const child = this.spawn();
    this.child = child;
    const { title, answers } = this.program;
    await until(async () => this.child !== child || (await answers()), {
      what: `${title} to answer`,
      timeoutMs: START_MS,
    }).catch(async (error: unknown) => {
      await this.kill();
      throw error;
    });
    this.answered = this.child === child;
    return this.answered;
  }

  private spawn(): ChildProcess {
    const { launch, logFile } = this.program;
    const log = openSync(logFile, 'a');
    // A session of its own: Ctrl-C in a terminal must not reach it before those who use it.
    const child = spawn(launch.command, launch.args, {
      ...launch.options,
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    child.once('error', () => {
      this.gone(child, 'could not be started');
    });
    child.once('exit', (code, name) => {
      this.gone(child, name ?? `exit code ${code}`);
    });
    return child;
  }

  private gone(child: ChildProcess, how: string): void {
    if (this.child !== child) return;
    this.child = null;
    if (this.wanted && this.answered) this.onDeath(how);
    this.answered = false;
  }

  private async end(ask: () => void): Promise<void> {
    const child = this.child;
    this.wanted = false;
    if (child?.pid === undefined) return;
    const family = [child.pid, ...descendants(child.pid)];
    const ended = once(child, 'exit');
    const impatience = setTimeout(() => {
      signalTree(family[0] ?? 0, 'SIGKILL');
    }, STOP_MS);
    ask();
    await ended;
    clearTimeout(impatience);
    await until(() => !family.some(isAlive), {
      what: `the processes of ${this.program.title} to end`,
      timeoutMs: STOP_MS,
    });
  }

  private lastLines(): string {
    return readFileSync(this.program.logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
  }
}
