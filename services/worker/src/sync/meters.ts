import { Counter, Registry } from 'prom-client';
import { PageCounts } from './page-report';

/** Counts records by what a sync has done with them; those that were not even read, since nobody wrote them, are not in it. */
export function countSynced(registry: Registry): (from: string, to: string, counts: PageCounts) => void {
  const records = new Counter({
    name: 'bridgecore_sync_records_total',
    help: 'Records that a data sync has looked at: created, updated, skipped or failed; conflicts are counted beside.',
    labelNames: ['source', 'target', 'outcome'],
    registers: [registry],
  });
  return (source, target, counts) => {
    for (const [outcome, count] of Object.entries(counts)) {
      if (count > 0) records.inc({ source, target, outcome }, count as number);
    }
  };
}
