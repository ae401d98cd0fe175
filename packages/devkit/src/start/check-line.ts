import { clock, type Entry, text } from './log-entry';
import type { Paint } from './terminal';

/** A connection check that has found a problem, or for the first time that all is well; else null. */
export function showCheckLine(entry: Entry, paint: Paint): string | null {
  const { message, outcome, changed, timestamp, system } = entry;
  if (message !== 'system.check' || outcome === 'skipped') return null;
  const isWell = outcome === 'ok';
  if (isWell && changed !== true) return null;
  const columns = [
    paint('dim', clock(timestamp)),
    paint('cyan', 'check'),
    paint(isWell ? 'green' : outcome === 'down' ? 'red' : 'yellow', text(outcome).padEnd(8)),
    text(system).padEnd(8),
    isWell ? allIsWell(entry) : problemsOf(entry),
  ];
  return columns.join('  ').trimEnd();
}

function problemsOf({ problems }: Entry): string {
  return Array.isArray(problems) ? problems.map(text).join(' ') : text(problems);
}

function allIsWell({ rpc }: Entry): string {
  const { accepted, version } = (rpc ?? {}) as { accepted?: unknown; version?: unknown };
  return `its addon answers and takes our key${accepted === true ? `, its RPC too (Odoo ${text(version)})` : ''}`;
}
