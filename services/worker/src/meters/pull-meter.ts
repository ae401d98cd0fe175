import { Counter, Gauge, Registry } from 'prom-client';
import { outcomeLabel, systemLabel } from './labels';

const OUTCOMES = ['done', 'failed', 'postponed', 'skipped', 'stopped'] as const;

/** Told what becomes of runs. */
export interface PullMeter {
  run(system: string, outcome: unknown): void;
  page(system: string, rows: number): void;
  /** How many rows Odoo has not taken for processed in a whole run. */
  unacknowledged(system: string, rows: number): void;
  /** How many events a sweep has found that the pull had passed. */
  swept(system: string, events: number): void;
}

/** Counts the runs of these systems. */
export function countPulls(registry: Registry, systems: readonly string[]): PullMeter {
  const { runs, pages, rows, unacknowledged, finds } = series(registry);
  const [label, outcomeOf] = [systemLabel(systems), outcomeLabel(OUTCOMES)];
  for (const system of systems) {
    for (const outcome of OUTCOMES) runs.inc({ system, outcome }, 0);
    for (const counter of [pages, rows, finds]) counter.inc({ system }, 0);
    unacknowledged.set({ system }, 0);
  }
  return {
    run: (system, outcome) => {
      runs.inc({ system: label(system), outcome: outcomeOf(outcome) });
    },
    page: (system, count) => {
      pages.inc({ system: label(system) });
      rows.inc({ system: label(system) }, count);
    },
    unacknowledged: (system, count) => {
      unacknowledged.set({ system: label(system) }, count);
    },
    swept: (system, count) => {
      finds.inc({ system: label(system) }, count);
    },
  };
}

function series(registry: Registry) {
  const registers = [registry];
  const counter = <Name extends string>(name: string, help: string, ...labelNames: Name[]): Counter<Name> =>
    new Counter({ name: `bridgecore_${name}`, help, labelNames, registers });
  return {
    runs: counter('pull_runs_total', 'Runs of pulls, by how they ended.', 'system', 'outcome'),
    pages: counter('pull_pages_total', 'Pages that were pulled and settled, those of sweeps included.', 'system'),
    rows: counter('pull_rows_total', 'Rows in these pages.', 'system'),
    finds: counter('sweep_finds_total', 'Events that only the sweep has found: they were committed late.', 'system'),
    unacknowledged: new Gauge({
      name: 'bridgecore_pull_unacknowledged',
      help: 'Rows that Odoo has not taken for processed in the last run of this worker; the sweep tells it again.',
      labelNames: ['system'],
      registers,
    }),
  };
}
