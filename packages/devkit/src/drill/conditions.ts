/** What a drill is like beside what the command line says; times in ms. */
export interface Conditions {
  readonly workers: number;
  /** With receivers that are subscribed: what is in a dead worker's hands takes its time to be told. */
  readonly isNotified: boolean;
  readonly faultMs: { readonly from: number; readonly to: number };
  /** Between one fault's end and the next one's beginning. */
  readonly calmMs: { readonly from: number; readonly to: number };
  /** What each answer of an Odoo takes: with it a run is nearly always under way, and is met by every fault. */
  readonly odooLatencyMs: number;
  /** How long the end may take to come. */
  readonly settleMs: number;
}

/** Faults last longer than the drill's locks at times, so that others take over. */
export const CONDITIONS: Conditions = {
  workers: 3,
  isNotified: true,
  faultMs: { from: 1_000, to: 6_000 },
  calmMs: { from: 500, to: 3_500 },
  odooLatencyMs: 120,
  settleMs: 90_000,
};
