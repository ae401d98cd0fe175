import { Counter, Registry } from 'prom-client';
import { JobReport } from '@bridgecore/runtime';

const OUTCOMES = ['recorded', 'joined', 'repeat', 'dead', 'rejected', 'seen'] as const;

/** Counts what jobs tell of themselves: jobs by queue and outcome, and the events in them. */
export function countJobs(registry: Registry): (queue: string, report: JobReport) => void {
  const registers = [registry];
  const jobs = new Counter({
    name: 'bridgecore_jobs_total',
    help: 'Jobs worked off, by outcome.',
    labelNames: ['queue', 'outcome'],
    registers,
  });
  const events = new Counter({
    name: 'bridgecore_events_total',
    help: 'Events worked off: recorded, joined with their twin, repeats, dead letters (dead, or rejected by the gateway), seen lately.',
    labelNames: ['queue', 'outcome'],
    registers,
  });
  return (queue, report) => {
    jobs.inc({ queue, outcome: String(report['outcome']) });
    for (const outcome of OUTCOMES) {
      const swept = report['sweep'] as JobReport | undefined;
      for (const count of [report[outcome], swept?.[outcome]]) {
        if (typeof count === 'number') events.inc({ queue, outcome }, count);
      }
    }
  };
}

/** Counts what became a dead letter, by reason; one that failed again is counted again. */
export function countBuried(registry: Registry): (reasons: readonly string[]) => void {
  const letters = new Counter({
    name: 'bridgecore_dead_letters_total',
    help: 'Events, items and rows that became dead letters, by reason; one that failed again counts again.',
    labelNames: ['reason'],
    registers: [registry],
  });
  return (reasons) => {
    for (const reason of reasons) letters.inc({ reason });
  };
}
