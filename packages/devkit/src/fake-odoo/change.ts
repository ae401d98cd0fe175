import type { JsonObject } from './json-write';
import type { Client, PullRow, PushRow } from './tables';
import type { Operation } from './tracking';

/** One change of one record, as a business call makes it. Only `model` is needed: the rest has a believable default. */
export interface Change {
  readonly model: string;
  /** Without one a new record gets the next id of its model. */
  readonly recordId?: number;
  /** Without one: create for a new record, else write. */
  readonly operation?: Operation;
  /** Put over the record as it was, or over the model's template when it is new. */
  readonly fields?: JsonObject;
  /** What a write reports as `_changed_fields`; without it the names in `fields`. */
  readonly changedFields?: readonly string[];
  /** Without one the record's `name`. */
  readonly displayName?: string;
  readonly user?: { readonly id: number; readonly name: string };
}

/** How a transaction is made. */
export interface CommitOptions {
  /** Who makes the change (README §3); by default as given to the simulator. */
  readonly client?: Client;
  /** False: no subscriber wants it, so there is a pull row only and nothing to push, ever. */
  readonly push?: boolean;
}

/** What one change has written. */
export interface Written {
  readonly model: string;
  readonly recordId: number;
  /** As reported, which is `write` for the creation of an invoice or an employee. */
  readonly event: Operation;
  readonly pullId: number;
  /** The first subscriber's, when there is one. */
  readonly pushId: number | undefined;
  readonly pull: PullRow;
  readonly pushes: readonly PushRow[];
}

/** A transaction that has drawn its ids and is not visible yet. */
export interface HeldBack {
  readonly written: readonly Written[];
  /** Makes the rows visible, with the ids drawn when it began: lower than those of transactions committed meanwhile. */
  commit(): readonly Written[];
  /** The ids stay drawn: a gap. */
  rollback(): void;
}
