/** How a subscription stands, as its row says; `now` is PostgreSQL's. */
export interface Standing {
  readonly state: 'active' | 'paused';
  readonly failures: number;
  readonly failing_since: Date | null;
  readonly open_until: Date | null;
  readonly now: Date;
}

/** A failed try, as far as it says something of the receiver. */
export interface Failure {
  /** It was to find out whether the receiver is back. */
  readonly isProbe: boolean;
  /** It has answered 410. */
  readonly isGone: boolean;
  /** It has asked to be left alone for so long; 0 when it has not. */
  readonly holdMs: number;
}

/** How it stands after that. */
export interface NextStanding {
  readonly failures: number;
  readonly failing_since: Date;
  readonly open_until: Date | null;
  /** Who pauses it now; undefined when nobody does. */
  readonly pausedBy?: 'failures' | 'gone';
  /** The breaker has just opened. */
  readonly hasOpened: boolean;
}

/** So many failures in a row, with no success in between, and nothing is sent for a while. */
export const FAILURES_TO_OPEN = 5;

const FIRST_OPEN_MS = 30_000;
const MAX_OPEN_MS = 15 * 60_000;

/**
 * What a failure changes. While it is open only the try that was to find out counts: others were under way when it opened,
 * as many as all workers have, and would have it closed for much longer.
 */
export function afterFailure(
  standing: Standing,
  { isProbe, isGone, holdMs }: Failure,
  pauseAfterMs: number,
  random = Math.random(),
): NextStanding {
  const now = standing.now.getTime();
  const isCounted = isProbe || standing.failures < FAILURES_TO_OPEN;
  const failures = standing.failures + (isCounted ? 1 : 0);
  const since = standing.failing_since ?? standing.now;
  const isOver = failures >= FAILURES_TO_OPEN && now - since.getTime() >= pauseAfterMs; // not two failures a day apart
  const pausedBy = isGone ? 'gone' : isOver ? 'failures' : undefined;
  return {
    failures,
    failing_since: since,
    open_until: latest(
      isProbe ? null : standing.open_until, // a probe's own only covers the time of its try
      isCounted && failures >= FAILURES_TO_OPEN ? new Date(now + openMs(failures, random)) : null,
      holdMs > 0 ? new Date(now + holdMs) : null,
    ),
    ...(pausedBy !== undefined && standing.state === 'active' ? { pausedBy } : {}),
    hasOpened: standing.failures < FAILURES_TO_OPEN && failures >= FAILURES_TO_OPEN,
  };
}

function openMs(failures: number, random: number): number {
  return Math.min(FIRST_OPEN_MS * 2 ** (failures - FAILURES_TO_OPEN), MAX_OPEN_MS) * (0.5 + random / 2);
}

function latest(...times: readonly (Date | null)[]): Date | null {
  return times.reduce((last, time) => (last === null || (time !== null && time > last) ? time : last));
}
