import { Recorded } from './record';

/** How many events had each outcome; those that none had are left out. */
export type Tally = Partial<Record<Recorded['outcome'], number>>;

/** Counts outcomes, for a log line. */
export function tally(recorded: readonly Recorded[], start: Tally = {}): Tally {
  const counts = { ...start };
  for (const { outcome } of recorded) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
