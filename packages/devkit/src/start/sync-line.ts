import { clock, type Entry, reasonOf, text } from './log-entry';
import type { Paint } from './terminal';

const ENDS: Readonly<Record<string, string>> = { 'job.done': 'done', 'job.failed': 'failed' };
const DONE = { created: 'created', updated: 'updated', skipped: 'skipped', failed: 'failed' };
/** A dry run only says what it would do. */
const WOULD = { created: 'would create', updated: 'would update', skipped: 'would skip', failed: 'would fail' };

/** A page or the end of a data sync on one line; null when the entry is neither. */
export function showSyncLine(entry: Entry, paint: Paint): string | null {
  if (entry.message === 'sync.page') {
    const counts = countsOf(entry, entry);
    if (counts === '') return null; // as at the beginning, when nothing is done yet
    return inColumns(entry, 'page', `${text(entry.done)} of ${text(entry.total)}: ${counts}`, paint);
  }
  const outcome = ENDS[text(entry.message)];
  if (outcome === undefined || entry.queue !== 'data-sync') return null;
  if (outcome === 'done') return inColumns(entry, outcome, `${resultOf(entry)}  job ${text(entry.job_id)}`, paint);
  const next = entry.retry === true ? ' (it is tried again)' : '';
  return inColumns(entry, outcome, `${reasonOf(entry)}${next}  job ${text(entry.job_id)}`, paint);
}

/** When, that it is a sync, how far it is, between whom, what of, and what came of it. */
function inColumns(entry: Entry, outcome: string, said: string, paint: Paint): string {
  const { source, target, model, timestamp, correlation_id } = entry;
  const columns = [
    paint('dim', clock(timestamp)),
    paint('cyan', 'sync'),
    paint(outcome === 'failed' ? 'red' : 'bold', outcome.padEnd(8)),
    source === undefined ? '' : `${text(source)} → ${text(target)}`, // of a job that the queue has given up
    text(model),
    said,
    paint('dim', text(correlation_id).slice(0, 8)),
  ];
  return columns.filter(Boolean).join('  ');
}

function resultOf(entry: Entry): string {
  const { reverse } = entry;
  if (typeof entry.reason === 'string') return entry.reason; // it was done before
  const back =
    typeof reverse === 'object' && reverse !== null
      ? `; back: ${countsOf(reverse as Entry, entry) || 'nothing to do'}`
      : '';
  return `${countsOf(entry, entry) || 'nothing to do'}${back}`;
}

function countsOf(counts: Entry, { dry_run: isDry }: Entry): string {
  const words = Object.entries(isDry === true ? WOULD : DONE);
  const some = words
    .filter(([name]) => Number(counts[name]) > 0)
    .map(([name, word]) => `${word} ${text(counts[name])}`);
  const conflicts = Number(counts.conflicts) > 0 ? [`conflicts ${text(counts.conflicts)}`] : [];
  return [...some, ...conflicts].join(', ');
}
