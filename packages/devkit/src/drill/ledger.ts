/**
 * What an event is made to be. `always`: PostgreSQL refuses it (a NUL). `once`: refused while the drill's own
 * constraint is in force, and recorded when it is replayed after that.
 */
export type Poison = 'none' | 'always' | 'once';

/** One change in a simulated Odoo, as that Odoo itself knows it. */
export interface OdooChange {
  readonly pull_id: number;
  readonly push_ids: readonly number[];
  /** Those of `push_ids` that were answered with 200. */
  readonly accepted: readonly number[];
  readonly poison: Poison;
  /** When it became visible, in ms. */
  readonly at: number;
  readonly is_acknowledged: boolean;
}

/** One event that a client other than Odoo has pushed, found again by the marker in its data. */
export interface SentEvent {
  readonly marker: string;
  readonly event_id: string | null;
  readonly poison: Poison;
  /** An item that the gateway refuses within a batch that it takes. */
  readonly is_rejected: boolean;
  /** When the first 200 came, in ms; null without one: then it may be there once, or not at all. */
  accepted_at: number | null;
}

/** The member of an event's data by which a sent event is found again. */
export const MARKER = 'x_drill';
/** The value of a field that the drill's constraint refuses. */
export const REFUSED = 'refused once';
