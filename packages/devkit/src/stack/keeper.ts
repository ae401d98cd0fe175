import { isAlive, signal } from './process-tree';
import { type StackDirectory, takeDirectory, takeTemporaryDirectory } from './directory';
import type { OpenRequest, Report, Request, StackState, StoreName, StoreState } from './keeper-protocol';
import { preparePostgres } from './postgres-store';
import { prepareRedis } from './redis-store';
import { StoreProcess } from './store-process';
import { until } from '../until';

const GUARDED_MS = 15_000;
const PREPARE = { redis: prepareRedis, postgres: preparePostgres };

/** Owns the stores of one stack, and the process groups that must not outlive whoever asked for the stack. */
export class Keeper {
  private directory: StackDirectory | null = null;
  private readonly stores = new Map<StoreName, StoreProcess>();
  private readonly guarded = new Set<number>();
  private closed: Promise<void> | null = null;

  constructor(private readonly report: (report: Report) => void) {}

  async handle(request: Request): Promise<StackState> {
    if (request.action === 'open') await this.open(request);
    else if (request.action === 'close') await this.close();
    else if ('store' in request) await this.act(this.store(request.store), request.action, request.signal);
    else if (request.action === 'guard') this.guarded.add(request.pid);
    else this.guarded.delete(request.pid);
    return this.state();
  }

  /** Ends everything: first what uses the stores, then the stores. Safe to call at any time, also while opening. */
  close(): Promise<void> {
    this.closed ??= this.closeAll();
    return this.closed;
  }

  private async open({ directory, stores }: OpenRequest): Promise<void> {
    this.directory = directory === null ? await takeTemporaryDirectory() : await takeDirectory(directory);
    const { path } = this.directory;
    const log = (line: string): void => {
      this.report({ type: 'log', line });
    };
    // Installing Redis and making a database take a while: at the same time.
    const opened = await Promise.allSettled(stores.map((name) => this.openStore(name, path, log)));
    const failed = opened.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  private async openStore(name: StoreName, path: string, log: (line: string) => void): Promise<void> {
    const program = await PREPARE[name](path, log);
    if (this.closed !== null) return;
    const store = new StoreProcess(program, (how) => {
      this.report({ type: 'died', store: name, how, state: this.state() });
    });
    this.stores.set(name, store);
    await store.start();
  }

  private async act(
    store: StoreProcess,
    action: 'start' | 'stop' | 'kill' | 'pause' | 'resume',
    name?: NodeJS.Signals,
  ): Promise<void> {
    if (action === 'kill') await store.kill(name);
    else await store[action]();
  }

  private async closeAll(): Promise<void> {
    this.directory?.closing();
    for (const pid of this.guarded) signal(-pid, 'SIGTERM');
    await until(() => ![...this.guarded].some(isAlive), { what: 'the services to end', timeoutMs: GUARDED_MS }).catch(
      () => {
        for (const pid of this.guarded) signal(-pid, 'SIGKILL');
      },
    );
    await Promise.allSettled([...this.stores.values()].map((store) => store.stop()));
    this.directory?.release();
  }

  private store(name: StoreName): StoreProcess {
    const store = this.stores.get(name);
    if (store === undefined) throw new Error(`this stack has no ${name}`);
    return store;
  }

  private state(): StackState {
    const stores: Partial<Record<StoreName, StoreState>> = {};
    for (const [name, { program, pid }] of this.stores) stores[name] = { url: program.url, port: program.port, pid };
    return { directory: this.directory?.path ?? '', stores };
  }
}
