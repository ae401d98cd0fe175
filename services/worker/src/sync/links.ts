import { PoolClient } from 'pg';
import { FieldHashes } from './content';

/** A record of the source and its counterpart, seen in the direction of a run. */
export interface Link {
  readonly source_id: number | null;
  /** Null while it is being created. */
  readonly target_id: number | null;
  /** What both held when they agreed; fields that they have not agreed on are not in it. */
  readonly source_fields: FieldHashes | null;
  readonly target_fields: FieldHashes | null;
  /** A write in this direction was begun and is not known to be done. */
  readonly is_begun: boolean;
  readonly run_id: string | null;
  /** What that run has done, as long as it was not counted. */
  readonly run_outcome: 'created' | 'updated' | null;
  /** One side was deleted: it is not to be created again. */
  readonly is_deleted: boolean;
}

/** What two records agree on, after one was written or was found to have all it should. */
export interface Agreement {
  readonly source_fields: FieldHashes;
  readonly target_fields: FieldHashes;
}

/** How a pair stands now. */
export interface Settled extends Agreement {
  readonly source_id: number;
  readonly target_id: number;
  /** Null leaves what the link says of its last writing. */
  readonly outcome: 'created' | 'updated' | null;
}

/** Two records that are about to be written; without a target it is about to be created. */
export interface Begun {
  readonly source_id: number;
  readonly target_id: number | null;
  /** What a creation is to make both agree on. */
  readonly source_fields?: FieldHashes;
  readonly target_fields?: FieldHashes;
}

/** The link table as one direction of a run needs it. */
export interface Links {
  ofSources(model: string, ids: readonly number[]): Promise<Map<number, Link>>;
  /** Those of these targets that are linked already. */
  takenTargets(model: string, ids: readonly number[]): Promise<Set<number>>;
  /** Notes what is about to be done before Odoo is asked: a crash in between then leads to the very same records. */
  begin(model: string, entries: readonly Begun[]): Promise<void>;
  settle(model: string, entries: readonly Settled[]): Promise<void>;
  /** Notes which records of the source were created from which of the target, where that was begun and not noted. */
  adopt(model: string, entries: readonly Begun[]): Promise<void>;
  /** What this run has written and not counted: what it has brought along, by model. */
  broughtAlong(): Promise<Record<string, { created: number; updated: number }>>;
  /** Takes back the beginnings of what Odoo refused. */
  giveUp(model: string, sourceIds: readonly number[]): Promise<void>;
  /** Leaves tombstones for those whose counterpart was deleted. */
  bury(model: string, sourceIds: readonly number[]): Promise<void>;
  /** The same, of targets that were deleted. */
  buryTargets(model: string, targetIds: readonly number[]): Promise<void>;
  /** Forgets what this run has done to records that are counted now; in the transaction that keeps the counts. */
  counted(tx: PoolClient, model: string, sourceIds: readonly number[]): Promise<void>;
  /** The creations of this direction that were begun and are not known to be done, by model. */
  unfinished(): Promise<Map<string, number[]>>;
  /** Ends those whose source is gone: with a tombstone where the target has got a record, without a trace where not. */
  abandon(model: string, entries: readonly Begun[]): Promise<void>;
}
