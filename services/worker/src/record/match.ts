import { WebhookEvent } from '@bridgecore/contracts';
import { beginRow, EventRow, joinRow, NewEventRow } from './event-row';

/** What became of an arrival: a new row, the second half of one, or nothing new. */
export type MatchOutcome = 'recorded' | 'joined' | 'repeat';

/** An arrival, settled. */
export interface Match {
  readonly event: WebhookEvent;
  readonly outcome: MatchOutcome;
  readonly row: EventRow;
  /** The same origin id came before with other content: Odoo's database was reset or restored. */
  readonly originIdReused: boolean;
}

/** Twins without a `write_date` are at most so far apart by Odoo's timestamps: a push can be one second late. */
export const TWIN_WINDOW_MS = 2_000;

/**
 * Settles a batch of one system against the stored rows that could concern it. Pure; the rows are changed in place.
 * Arrivals are taken in the order of their time, so that the k-th of equal ones meets the k-th.
 */
export function match(stored: readonly EventRow[], events: readonly WebhookEvent[]): Match[] {
  const known = new KnownRows(stored);
  const settled = new Map<WebhookEvent, Match>();
  const inTime = [...events].sort((a, b) => compare(a.occurred_at, b.occurred_at));
  for (const event of inTime) settled.set(event, settle(event, known));
  return events.map((event) => settled.get(event)).filter((found) => found !== undefined);
}

/** The first rule that fits decides (`design.md`, Identity and duplicates). */
function settle(event: WebhookEvent, known: KnownRows): Match {
  const same = known.sameArrival(event);
  if (same !== undefined) return { event, outcome: 'repeat', row: same, originIdReused: false };

  const twin = known.twin(event);
  if (twin !== undefined) {
    joinRow(twin, event);
    known.index(twin);
    return { event, outcome: 'joined', row: twin, originIdReused: false };
  }

  const repeated = known.repeatedPush(event);
  if (repeated !== undefined) return { event, outcome: 'repeat', row: repeated, originIdReused: false };

  const originIdReused = known.hasOriginId(event);
  const row = beginRow(event);
  known.add(row);
  return { event, outcome: 'recorded', row, originIdReused };
}

/** The rows that a batch may meet, by what they are met by. */
class KnownRows {
  private readonly byContent = new Map<string, EventRow[]>();
  private readonly byOriginId = new Map<string, EventRow[]>();
  private readonly byArrival = new Map<string, EventRow>();
  private readonly byIdempotencyKey = new Map<string, EventRow>();

  constructor(rows: readonly EventRow[]) {
    for (const row of [...rows].sort((a, b) => compare(a.occurred_at, b.occurred_at))) this.add(row);
  }

  add(row: EventRow): void {
    append(this.byContent, row.content_key, row);
    this.index(row);
  }

  /** Notes the ids that a row has, or has got by a join. */
  index(row: EventRow): void {
    if (row.push_id !== null) append(this.byOriginId, `push ${row.push_id}`, row);
    if (row.pull_id !== null) append(this.byOriginId, `pull ${row.pull_id}`, row);
    if (row.arrival_id !== null) this.byArrival.set(row.arrival_id, row);
    if (row.idempotency_key !== null) this.byIdempotencyKey.set(`${row.content_key} ${row.idempotency_key}`, row);
  }

  /** Rule 1: a retry, a second pull of the same row, the instant and the scheduled copy, a job that runs again. */
  sameArrival(event: WebhookEvent): EventRow | undefined {
    const rows = event.origin_id === null ? [] : this.withOriginId(event);
    return rows.find((row) => row.content_key === event.content_key) ?? this.byArrival.get(event.arrival_id);
  }

  /** Rule 2: the same content by the other way, whose partner has not come yet. */
  twin(event: WebhookEvent): EventRow | undefined {
    const at = Date.parse(event.occurred_at);
    return this.withContent(event).find(
      (row) =>
        (event.origin === 'push' ? row.pushed_at : row.pulled_at) === null &&
        (event.dated || Math.abs(Date.parse(row.occurred_at) - at) <= TWIN_WINDOW_MS),
    );
  }

  /** Rules 3 and 4: a dated push under a second push id, or one without id and date that says it is the same. */
  repeatedPush(event: WebhookEvent): EventRow | undefined {
    if (event.origin !== 'push') return undefined;
    if (event.dated) return this.withContent(event)[0];
    if (event.origin_id !== null) return undefined;
    // With the content: a key that was used for something else is its client's mistake, and must not lose an event.
    const byKey = this.byIdempotencyKey.get(`${event.content_key} ${String(event.idempotency_key)}`);
    if (byKey !== undefined || !event.timestamped) return byKey;
    return this.withContent(event).find((row) => row.push_occurred_at === event.occurred_at);
  }

  hasOriginId(event: WebhookEvent): boolean {
    return event.origin_id !== null && this.withOriginId(event).length > 0;
  }

  private withContent({ content_key }: WebhookEvent): readonly EventRow[] {
    return this.byContent.get(content_key) ?? [];
  }

  private withOriginId({ origin, origin_id }: WebhookEvent): readonly EventRow[] {
    return this.byOriginId.get(`${origin} ${String(origin_id)}`) ?? [];
  }
}

function append<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else if (list.at(-1) !== value) list.push(value); // a row that is indexed again after a join
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The rows that must be inserted, in the order of the batch. */
export function newRows(matches: readonly Match[]): NewEventRow[] {
  return matches.filter(({ outcome }) => outcome === 'recorded').map(({ row }) => row as NewEventRow);
}

/** The stored rows that were joined and must be updated; one that is new itself is inserted as joined. */
export function joinedRows(matches: readonly Match[]): EventRow[] {
  const joined = matches.filter(({ outcome, row }) => outcome === 'joined' && row.id !== null).map(({ row }) => row);
  return [...new Set(joined)];
}
