/** A record of the source and its counterpart, seen in the direction of a run. */
export interface Link {
  readonly source_id: number | null;
  /** Null while it is being created. */
  readonly target_id: number | null;
  readonly source_hash: string | null;
  readonly target_hash: string | null;
  readonly is_begun: boolean;
  readonly is_incomplete: boolean;
  readonly run_id: string | null;
  readonly run_outcome: 'created' | 'updated' | null;
  /** One side was deleted: it is not to be created again. */
  readonly is_deleted: boolean;
}

/** How a pair stands after it was written, or found equal. */
export interface Settled {
  readonly source_id: number;
  readonly target_id: number;
  readonly source_hash: string | null;
  readonly target_hash: string | null;
  readonly is_incomplete: boolean;
  /** Null leaves what the link says of its last writing. */
  readonly outcome: 'created' | 'updated' | null;
}

/** Two records that are about to be written; without a target it is about to be created. */
export interface Begun {
  readonly source_id: number;
  readonly target_id: number | null;
}

/** The link table as one direction of a run needs it. */
export interface Links {
  ofSources(model: string, ids: readonly number[]): Promise<Map<number, Link>>;
  /** Those of these targets that are linked already. */
  takenTargets(model: string, ids: readonly number[]): Promise<Set<number>>;
  /** Notes what is about to be done before Odoo is asked: a crash in between then leads to the very same records. */
  begin(model: string, entries: readonly Begun[]): Promise<void>;
  settle(model: string, entries: readonly Settled[]): Promise<void>;
  /** Takes back the beginnings of what Odoo refused. */
  giveUp(model: string, sourceIds: readonly number[]): Promise<void>;
  /** Leaves tombstones for those whose counterpart was deleted. */
  bury(model: string, sourceIds: readonly number[]): Promise<void>;
  /** The creations of this direction that were begun and are not known to be done, by model. */
  unfinished(): Promise<Map<string, number[]>>;
}
