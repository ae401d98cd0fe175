import { fork } from 'node:child_process';
import { join } from 'node:path';
import { KeeperClient } from './keeper-client';
import type { StoreAction, StoreName } from './keeper-protocol';

/** Where the stores keep their data, and which there are; without `dir` they leave nothing behind. */
export interface StackOptions {
  readonly dir?: string;
  readonly stores?: readonly StoreName[];
  readonly log?: (line: string) => void;
  /** A store ended without having been told to. */
  readonly onDeath?: (store: StoreName, how: string) => void;
  /** Gives up starting. */
  readonly signal?: AbortSignal;
}

/** A store that can be disturbed. It comes back on the same port with the same data. */
export interface StoreControl {
  readonly url: string;
  readonly port: number;
  /** Null while it does not run. */
  readonly pid: number | null;
  stop(): Promise<void>;
  /** Resolves when it answers again. */
  start(): Promise<void>;
  /** Ends it and all that it started at once; nothing of it is left when this resolves. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Freezes it: connections stay open, nothing answers. */
  pause(): Promise<void>;
  resume(): Promise<void>;
}

/** A Redis and a PostgreSQL of one's own, which end when this process does, however it does. */
export interface Stack {
  readonly dir: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  readonly redis: StoreControl;
  readonly postgres: StoreControl;
  /** Sees to it that this process group ends before the stores, should this process be killed. */
  guard(pid: number): Promise<void>;
  unguard(pid: number): Promise<void>;
  stop(): Promise<void>;
}

/** Starts real stores below `dir`, or in a temporary folder. Only one stack may use a folder at a time. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { dir = null, stores = ['redis', 'postgres'], log = ignore, onDeath = ignore, signal } = options;
  // A session of its own, so that Ctrl-C ends the stores after those who use them; no output of its own, so that
  // nobody who reads ours waits for it.
  const child = fork(join(__dirname, 'keeper-main.js'), {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [],
  });
  const keeper = new KeeperClient(child, { log, onDeath });
  const giveUp = (): void => void keeper.close();
  signal?.addEventListener('abort', giveUp);
  try {
    await keeper.ask({ action: 'open', directory: dir, stores });
    signal?.throwIfAborted();
  } catch (error) {
    await keeper.close();
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
  const redis = control(keeper, 'redis');
  const postgres = control(keeper, 'postgres');
  return {
    dir: keeper.state.directory,
    redisUrl: redis.url,
    databaseUrl: postgres.url,
    redis,
    postgres,
    guard: (pid) => keeper.ask({ action: 'guard', pid }),
    unguard: (pid) => keeper.ask({ action: 'unguard', pid }),
    stop: () => keeper.close(),
  };
}

function control(keeper: KeeperClient, store: StoreName): StoreControl {
  const { url = '', port = 0 } = keeper.state.stores[store] ?? {};
  const act = (action: StoreAction) => () => keeper.ask({ action, store });
  return {
    url,
    port,
    get pid() {
      return keeper.state.stores[store]?.pid ?? null;
    },
    stop: act('stop'),
    start: act('start'),
    kill: (signal = 'SIGKILL') => keeper.ask({ action: 'kill', store, signal }),
    pause: act('pause'),
    resume: act('resume'),
  };
}

function ignore(): void {
  // nobody wants to know
}
