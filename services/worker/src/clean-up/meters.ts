import { Counter, Registry } from 'prom-client';
import { Kind } from './chunks';

/** Counts the rows that were kept for long enough and are gone. */
export function countCleanedUp(registry: Registry): (kind: Kind, rows: number) => void {
  const rowsGone = new Counter({
    name: 'bridgecore_cleaned_up_total',
    help: 'Rows that the clean-up has deleted, or dropped with their month, by table.',
    labelNames: ['kind'],
    registers: [registry],
  });
  return (kind, rows) => {
    rowsGone.inc({ kind }, rows);
  };
}
