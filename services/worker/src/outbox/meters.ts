import { Pool } from 'pg';
import { Counter, Registry } from 'prom-client';
import { Sample, scraped } from '@bridgecore/runtime';
import { RelayDependencies } from './relay';
import { countWaiting, Waiting } from './rows';

/** Counts what is handed on; each scrape asks PostgreSQL what waits, of all workers, and how long. */
export function countHandedOn(registry: Registry, pool: Pool): RelayDependencies['count'] {
  const handed = new Counter({
    name: 'bridgecore_outbox_handed_on_total',
    help: 'Outbox entries, by subscriber: handed on, or failed and to be tried again.',
    labelNames: ['subscriber', 'outcome'],
    registers: [registry],
  });
  const add = scraped(registry, () => countWaiting(pool));
  const gauge = (name: string, help: string, valueOf: (waiting: Waiting) => number): void => {
    add(name, `${help}, by subscriber; the same in every worker.`, ['subscriber'], (all) =>
      all.map((waiting): Sample => [{ subscriber: waiting.subscriber }, valueOf(waiting)]),
    );
  };
  gauge('bridgecore_outbox_waiting', 'Outbox entries that wait', ({ entries }) => entries);
  gauge('bridgecore_outbox_oldest_seconds', 'Age of the oldest outbox entry', ({ oldest_seconds }) => oldest_seconds);
  return (subscriber, outcome, entries) => {
    handed.inc({ subscriber, outcome }, entries);
  };
}
