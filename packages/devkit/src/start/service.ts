import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, renameSync, rmSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { signal } from '../stack/process-tree';

/** A program that runs for as long as we do. */
export interface ServiceProgram {
  readonly name: string;
  readonly script: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logs: string;
}

/** What a service tells whoever runs it. */
export interface ServiceListener {
  line(line: string, service: string): void;
  /** It runs as this process, which leads a group of its own. */
  began(pid: number): void;
  ended(pid: number): void;
  /** It ended although nobody asked it to. */
  died(service: Service, how: string): void;
}

const PATIENCE_MS = 15_000;
const TAIL = 20;

/** One service as a process. Its log goes to a file, which begins anew at each start; the one before is kept beside it. */
export class Service {
  readonly logFile: string;
  private child: ChildProcess | null = null;
  private ended: Promise<void> = Promise.resolve();
  private stopping = false;
  private log: WriteStream | null = null;
  private tail: string[] = [];

  constructor(
    private readonly program: ServiceProgram,
    private readonly listener: ServiceListener,
  ) {
    this.logFile = join(program.logs, `${program.name}.log`);
  }

  get name(): string {
    return this.program.name;
  }

  /** Null while it does not run. */
  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  get isRunning(): boolean {
    return this.child !== null;
  }

  /** What it said last, for when it cannot say anything any more. */
  get lastLines(): string {
    return this.tail.join('\n');
  }

  start(): void {
    const { script, args = [], env } = this.program;
    this.stopping = false;
    this.log ??= this.openLog();
    // A group of its own: Ctrl-C in a terminal goes to everybody at once, and we want an order.
    const child = spawn(process.execPath, ['--enable-source-maps', script, ...args], {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on('line', (line) => {
        this.take(line);
      });
    }
    if (child.pid !== undefined) this.listener.began(child.pid);
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => {
        this.gone(child, error.message);
        resolve();
      });
      child.once('close', (code, name) => {
        this.gone(child, name ?? `exit code ${code}`);
        resolve();
      });
    });
  }

  /** Asks it to end, and makes it end when it takes too long. */
  async stop(): Promise<void> {
    this.stopping = true;
    const { pid } = this.child ?? {};
    if (pid !== undefined) {
      signal(pid, 'SIGTERM');
      const impatience = setTimeout(() => {
        this.killNow();
      }, PATIENCE_MS);
      await this.ended;
      clearTimeout(impatience);
      signal(-pid, 'SIGKILL'); // whatever it may have started itself
    }
    this.log?.end();
    this.log = null;
  }

  killNow(): void {
    this.stopping = true;
    if (this.child?.pid !== undefined) signal(-this.child.pid, 'SIGKILL');
  }

  private gone(child: ChildProcess, how: string): void {
    this.child = null;
    if (child.pid !== undefined) this.listener.ended(child.pid);
    if (!this.stopping) this.listener.died(this, how);
  }

  private take(line: string): void {
    this.log?.write(`${line}\n`);
    this.tail = [...this.tail, line].slice(-TAIL);
    this.listener.line(line, this.name);
  }

  private openLog(): WriteStream {
    mkdirSync(this.program.logs, { recursive: true });
    const previous = this.logFile.replace(/\.log$/, '.previous.log');
    rmSync(previous, { force: true });
    try {
      renameSync(this.logFile, previous);
    } catch {
      // the first start
    }
    return createWriteStream(this.logFile, { mode: 0o600 });
  }
}
