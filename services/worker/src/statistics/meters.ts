import { Pool } from 'pg';
import { Registry } from 'prom-client';
import { Sample, scraped } from '@bridgecore/runtime';
import { systemLabel } from '../meters/labels';
import { countSystems } from './count-systems';

/** Shows how each of these systems stands, as PostgreSQL has it at each scrape; letters of all others are `unknown`'s. */
export function showSystems(registry: Registry, pool: Pool, systems: readonly string[]): void {
  const add = scraped(registry, () => countSystems(pool, systems));
  const label = systemLabel(systems);
  add('bridgecore_dead_letters_open', 'Open dead letters; the same in every worker.', ['system'], (found) => {
    const letters = new Map<string, number>();
    for (const { system, dead_letters_open: open } of found) {
      letters.set(label(system), (letters.get(label(system)) ?? 0) + open);
    }
    return [...letters].map(([system, open]): Sample => [{ system }, open]);
  });
  const lag = 'How long ago a page or a run of the system has last succeeded; the same in every worker.';
  add('bridgecore_pull_lag_seconds', lag, ['system'], function* (found): Iterable<Sample> {
    for (const { system, pull_lag_seconds } of found) {
      if (pull_lag_seconds !== null) yield [{ system: label(system) }, pull_lag_seconds];
    }
  });
}
