import type { Disturbance } from './faults';

/** One event on its way: when it was there to be recorded, and when it was. In ms. */
export interface Passage {
  readonly at: number;
  readonly recorded_at: number;
}

/** What the faults of one name have done. */
export interface Toll {
  readonly fault: string;
  readonly times: number;
  /** The longest time in which nothing was recorded, from a fault's beginning until all was recorded again. */
  readonly longestStallMs: number;
  /** From a fault's end until everything that came while it lasted was recorded. */
  readonly longestRecoveryMs: number;
}

/** What each fault cost, by its name. */
export function tolls(disturbances: readonly Disturbance[], passages: readonly Passage[]): Toll[] {
  const recorded = passages.map(({ recorded_at }) => recorded_at).sort((a, b) => a - b);
  const names = [...new Set(disturbances.map(({ fault }) => fault))].sort();
  return names.map((fault) => {
    const ofName = disturbances.filter((one) => one.fault === fault);
    const recoveries = ofName.map((one) => recovery(one, passages));
    const stalls = ofName.map((one, index) => longestGap(recorded, one.from, one.to + (recoveries[index] ?? 0)));
    return {
      ...{ fault, times: ofName.length },
      ...{ longestStallMs: Math.max(...stalls), longestRecoveryMs: Math.max(...recoveries) },
    };
  });
}

function recovery({ from, to }: Disturbance, passages: readonly Passage[]): number {
  const met = passages.filter(({ at }) => at >= from && at <= to);
  return Math.max(0, ...met.map(({ recorded_at }) => recorded_at - to));
}

/** The longest time between two of the sorted `times` within the span, or between one and the span's end. */
function longestGap(times: readonly number[], from: number, to: number): number {
  const within = [from, ...times.filter((time) => time > from && time < to), to];
  return Math.max(...within.slice(1).map((time, index) => time - (within[index] ?? time)));
}
