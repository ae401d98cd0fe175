/** The stores of a stack. */
export type StoreName = 'redis' | 'postgres';

/** What the keeper is told when it starts. Without a folder it makes a temporary one, which it removes in the end. */
export interface OpenRequest {
  readonly directory: string | null;
  readonly stores: readonly StoreName[];
}

/** What can be asked of a store. */
export type StoreAction = 'start' | 'stop' | 'kill' | 'pause' | 'resume';

/** What the keeper is asked to do: `guard` hands it a process group that must not outlive the asking process either. */
export type Request =
  | ({ readonly action: 'open' } & OpenRequest)
  | { readonly action: StoreAction; readonly store: StoreName; readonly signal?: NodeJS.Signals }
  | { readonly action: 'guard' | 'unguard'; readonly pid: number }
  | { readonly action: 'close' };

/** A store as it runs now; `pid` is null while it does not. */
export interface StoreState {
  readonly url: string;
  readonly port: number;
  readonly pid: number | null;
}

/** Everything that a keeper has. */
export interface StackState {
  readonly directory: string;
  readonly stores: Partial<Record<StoreName, StoreState>>;
}

/** What the keeper says: lines for the user, answers, and stores that ended without having been told to. */
export type Report =
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'done'; readonly id: number; readonly state: StackState }
  | { readonly type: 'failed'; readonly id: number; readonly message: string; readonly exitCode: number }
  | { readonly type: 'died'; readonly store: StoreName; readonly how: string; readonly state: StackState };
