import { Pool } from 'pg';
import { Counter, Gauge, Registry } from 'prom-client';
import { RelayDependencies } from './relay';
import { countWaiting, Waiting } from './rows';

/** Counts what is handed on; each scrape asks PostgreSQL what waits, of all workers, and how long. */
export function countHandedOn(registry: Registry, pool: Pool): RelayDependencies['count'] {
  const registers = [registry];
  const handed = new Counter({
    name: 'bridgecore_outbox_handed_on_total',
    help: 'Outbox entries, by subscriber: handed on, or failed and to be tried again.',
    labelNames: ['subscriber', 'outcome'],
    registers,
  });
  const gauge = (name: string, help: string, valueOf: (waiting: Waiting) => number): void => {
    const collect = async function (this: Gauge<'subscriber'>): Promise<void> {
      const all = await countWaiting(pool).catch(() => []); // a scrape must not fail because PostgreSQL is away
      this.reset();
      for (const waiting of all) this.set({ subscriber: waiting.subscriber }, valueOf(waiting));
    };
    new Gauge({
      name,
      help: `${help}, by subscriber; the same in every worker.`,
      labelNames: ['subscriber'],
      registers,
      collect,
    });
  };
  gauge('bridgecore_outbox_waiting', 'Outbox entries that wait', ({ entries }) => entries);
  gauge('bridgecore_outbox_oldest_seconds', 'Age of the oldest outbox entry', ({ oldest_seconds }) => oldest_seconds);
  return (subscriber, outcome, entries) => {
    handed.inc({ subscriber, outcome }, entries);
  };
}
