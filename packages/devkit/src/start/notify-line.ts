import { clock, type Entry, reasonOf, text } from './log-entry';
import type { Paint } from './terminal';

/** A try of a notification on one line; null when the entry is none. */
export function showNotifyLine(entry: Entry, paint: Paint): string | null {
  const { message, timestamp, outcome, subscription, correlation_id: correlation } = entry;
  if (message !== 'delivery.done' && message !== 'delivery.failed') return null;
  const columns = [
    paint('dim', clock(timestamp)),
    paint('cyan', 'send'),
    paint(message === 'delivery.done' ? 'bold' : 'red', text(outcome).padEnd(9)),
    `to ${text(subscription)}`.padEnd(9),
    aboutWhat(entry).padEnd(26), // under the events' own columns
    `${text(entry.duration_ms)} ms`,
    ...(message === 'delivery.done' ? [] : [whyNot(entry)]),
    `delivery ${text(entry.delivery_id)}`,
    paint('dim', text(correlation).slice(0, 8)),
  ];
  return columns.filter(Boolean).join('  ').trimEnd();
}

function aboutWhat({ model, record_id: record, event_id: event }: Entry): string {
  return event === null || event === undefined ? 'a test' : `${text(model)} ${text(record)}`;
}

function whyNot(entry: Entry): string {
  const { status, attempt, next_attempt_at: next } = entry;
  const said = [status === null || status === undefined ? '' : `status ${text(status)}`, reasonOf(entry)];
  const again = next === null || next === undefined ? 'given up' : `again at ${clock(next)}`;
  return [...said, `try ${text(attempt)}, ${again}`].filter(Boolean).join(', ');
}
