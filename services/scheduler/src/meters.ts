import { Counter, Registry } from 'prom-client';
import { MAINTENANCE_KINDS, TickJob, TICKS } from '@bridgecore/contracts';
import { Producer, Sample, scraped } from '@bridgecore/runtime';

const KINDS: readonly string[] = ['pull', ...MAINTENANCE_KINDS];

/** Counts ticks; a kind that only another version knows is `other`. */
export function countTicks(registry: Registry): (kind: string) => void {
  const help = 'Ticks that were taken up, by what they ask for.';
  const ticks = new Counter({ name: 'bridgecore_ticks_total', help, labelNames: ['kind'], registers: [registry] });
  for (const kind of KINDS) ticks.inc({ kind }, 0);
  return (kind) => {
    ticks.inc({ kind: KINDS.includes(kind) ? kind : 'other' });
  };
}

/**
 * Shows for each of these schedules how long its next tick has been due: late ones tell that nobody takes ticks. One
 * that Redis does not hold, and all while Redis is away, are left out.
 */
export function showLateness(registry: Registry, ticks: Producer<TickJob>, schedules: readonly string[]): void {
  const add = scraped(registry, () => ticks.use((queue) => queue.getJobSchedulers(0, -1)));
  const help = `How long the next tick of the schedule has been due in the queue ${TICKS.name}; 0 when it is not.`;
  add('bridgecore_schedule_late_seconds', help, ['schedule'], (found) =>
    found.flatMap(({ key, next }): Sample[] => {
      if (next === undefined || !schedules.includes(key)) return [];
      return [[{ schedule: key }, Math.max(Date.now() - next, 0) / 1_000]];
    }),
  );
}
