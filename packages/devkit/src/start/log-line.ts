import { showCheckLine } from './check-line';
import { clock, type Entry, parseEntry, reasonOf, text } from './log-entry';
import { showNotifyLine } from './notify-line';
import { showSyncLine } from './sync-line';
import type { Paint } from './terminal';

const EVENTS: Record<string, string> = {
  'event.recorded': 'new',
  'event.joined': 'joined',
  'event.repeat': 'repeated',
  'event.dead': 'dead',
};
/** What ends a trouble that was shown. */
const GOOD_NEWS = new Set([
  ...['redis.up', 'redis.keeps', 'redis.durable', 'postgres.up', 'queue.resumed'],
  ...['odoo.breaker_closed', 'backlog.accepting', 'subscription.recovered'],
]);
const ENVELOPE = new Set(['timestamp', 'level', 'message', 'service', 'instance', 'version', 'error']);

/** A line of a service's log as the terminal shows it, or null when it is not worth showing. */
export function showLogLine(line: string, service: string, paint: Paint): string | null {
  const entry = parseEntry(line);
  if (entry === null) return line.trim() === '' ? null : `${clock(undefined)}  ${service.padEnd(9)}  ${line}`;
  const outcome = EVENTS[text(entry.message)];
  if (outcome !== undefined) return showEvent(entry, outcome, paint);
  const shown = showSyncLine(entry, paint) ?? showCheckLine(entry, paint) ?? showNotifyLine(entry, paint);
  return shown ?? showOther(entry, service, paint);
}

/** Trouble, and its end. */
function showOther(entry: Entry, service: string, paint: Paint): string | null {
  const isRefusal = entry.message === 'request.done' && Number(entry.status) >= 400;
  const isTrouble =
    entry.level === 'warn' || entry.level === 'error' || isRefusal || GOOD_NEWS.has(text(entry.message));
  return isTrouble ? showTrouble(entry, service, paint) : null;
}

/** One event on one line, in columns: when, how it came, what became of it, what it is, and by which ids to find it. */
function showEvent(entry: Entry, outcome: string, paint: Paint): string {
  const { origin, system, model, record_id: record, operation, priority } = entry;
  const ids = [named('push', entry.push_id), named('pull', entry.pull_id), named('event', entry.event_id)].filter(
    Boolean,
  );
  const columns = [
    paint('dim', clock(entry.timestamp)),
    paint(origin === 'push' ? 'green' : 'cyan', text(origin).padEnd(4)),
    paint(outcome === 'repeated' ? 'dim' : 'bold', outcome.padEnd(8)),
    text(system).padEnd(8),
    `${text(model)} ${text(record)}`.padEnd(28),
    text(operation).padEnd(6),
    text(priority).padEnd(6),
    ids.join(' ').padEnd(32),
    paint('dim', text(entry.correlation_id).slice(0, 8)),
  ];
  return columns.join('  ').trimEnd();
}

function showTrouble(entry: Entry, service: string, paint: Paint): string {
  const level = text(entry.level);
  const fields = Object.entries(entry).filter(([name]) => !ENVELOPE.has(name));
  const said = [text(entry.message), ...fields.map(([name, value]) => `${name}=${text(value)}`), reasonOf(entry)]
    .filter(Boolean)
    .join(' ');
  const shown = said.length > 300 ? `${said.slice(0, 300)}…` : said;
  return `${paint('dim', clock(entry.timestamp))}  ${service.padEnd(9)}  ${paint(level === 'error' ? 'red' : level === 'info' ? 'green' : 'yellow', level)}  ${shown}`;
}

function named(name: string, id: unknown): string {
  return id === undefined || id === null ? '' : `${name} ${text(id)}`;
}
