import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Report, Request, StackState, StoreName } from './keeper-protocol';
import { StackError } from './stack-error';

interface Listeners {
  readonly log: (line: string) => void;
  readonly onDeath: (store: StoreName, how: string) => void;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The asking end of a keeper. It keeps this process alive only while an answer is due. */
export class KeeperClient {
  state: StackState = { directory: '', stores: {} };
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private closed: Promise<void> | null = null;

  constructor(
    private readonly child: ChildProcess,
    private readonly listeners: Listeners,
  ) {
    child.on('message', (message) => {
      this.take(message as Report);
    });
    child.once('exit', () => {
      this.failAll('the keeper of the stores has ended');
    });
    child.on('error', (error) => {
      this.failAll(error.message);
    });
    child.unref();
    child.channel?.unref();
  }

  ask(request: Request): Promise<void> {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise<void>((resolve, reject) => {
      if (!this.child.connected) {
        reject(new StackError('the keeper of the stores is gone'));
        return;
      }
      this.waiting.set(id, { resolve, reject });
      this.child.channel?.ref();
      this.child.send({ ...request, id });
    }).finally(() => {
      this.waiting.delete(id);
      if (this.waiting.size === 0) this.child.channel?.unref();
    });
  }

  /** Resolves when the stores and their keeper have ended. */
  close(): Promise<void> {
    this.closed ??= this.end();
    return this.closed;
  }

  private async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.ref();
    const ended = once(this.child, 'exit');
    await this.ask({ action: 'close' }).catch(() => undefined);
    if (this.child.connected) this.child.disconnect();
    await ended;
  }

  private take(report: Report): void {
    if (report.type === 'log') {
      this.listeners.log(report.line);
      return;
    }
    if (report.type === 'failed') {
      this.waiting.get(report.id)?.reject(new StackError(report.message, report.exitCode));
      return;
    }
    this.state = report.state;
    if (report.type === 'done') this.waiting.get(report.id)?.resolve();
    else this.listeners.onDeath(report.store, report.how);
  }

  private failAll(reason: string): void {
    for (const { reject } of this.waiting.values()) reject(new StackError(reason));
  }
}
