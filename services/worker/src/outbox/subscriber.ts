import { PoolClient } from 'pg';

/** One event that a subscriber has still to be handed. `id` is the same each time it is tried. */
export interface OutboxEntry {
  readonly id: string;
  readonly event_id: string;
  readonly system: string;
  readonly created_at: Date;
  /** How often it has failed before. */
  readonly attempts: number;
}

/** Something that must follow every new event. */
export interface OutboxSubscriber {
  /** Stands in the rows: under another name it is another subscriber. */
  readonly name: string;
  /**
   * Takes the entries, in their order. What it writes through `tx` happens exactly once, since the entries are deleted
   * in the same transaction; what it does elsewhere may happen again after a crash, with the same ids. When it throws,
   * nothing is done and the entries are tried one by one; when it throws a `BridgeError` with `retry`, it is itself not
   * able to work now, no entry is to blame, and all wait.
   */
  handOn(entries: readonly OutboxEntry[], tx: PoolClient): Promise<void>;
  /**
   * Told after the commit of what the last `handOn` has written, so that whoever goes on with it need not wait for his next
   * look. Not told when the process dies in between, so nothing may rest on it; must not throw.
   */
  handedOn?(): void;
}
