import type { RunCommits } from './evidence';
import type { Disturbance } from './faults';
import type { PullRun } from './log-lines';
import type { Finding } from './reconcile';

/** So long after Redis' return may a lock be lost to the outage; the drill's lives for 3 s. */
const AFTERMATH_MS = 4_000;

/** The fence: what a run commits comes before the first commit of a run that began after it. */
export function overtaken(commits: readonly RunCommits[]): Finding[] {
  return pairs(commits, (run) => run.fence).flatMap(([earlier, later]) =>
    later.first < earlier.last
      ? [
          {
            check: 'overtaken' as const,
            detail: `${earlier.system}: ${nameOf(earlier)} after ${nameOf(later)}`,
          },
        ]
      : [],
  );
}

function nameOf({ fence, correlation_id }: RunCommits): string {
  return `run ${fence} (${correlation_id})`;
}

/** The lock: a run loses it only when something has happened to its worker, or to Redis. */
export function robbed(runs: readonly PullRun[], disturbances: readonly Disturbance[]): Finding[] {
  return runs
    .filter((run) => run.has_lost_lock && !disturbances.some((disturbance) => concerns(disturbance, run)))
    .map(({ system, service, correlation_id }) => ({
      check: 'robbed',
      detail: `${system}: run ${correlation_id} of ${service}`,
    }));
}

function concerns({ victim, from, to }: Disturbance, run: PullRun): boolean {
  const isMeant = victim === run.service || victim === 'redis';
  return isMeant && from < run.to && run.from < to + (victim === 'redis' ? AFTERMATH_MS : 0);
}

/** Each with the next one of its system. */
function pairs<Item extends { readonly system: string }>(
  items: readonly Item[],
  start: (item: Item) => number,
): [Item, Item][] {
  const sorted = [...items].sort((a, b) => start(a) - start(b));
  return sorted.flatMap((item, at) => {
    const next = sorted.slice(at + 1).find(({ system }) => system === item.system);
    return next === undefined ? [] : [[item, next] as [Item, Item]];
  });
}
