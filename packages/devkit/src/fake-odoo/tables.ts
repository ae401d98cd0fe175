import type { Json, JsonObject } from './json-write';
import type { Operation, Priority } from './tracking';

/** A row of `update.webhook`, which the pull API serves; members spelt as Odoo's columns (`pull-page-50-mixed`). */
export interface PullRow {
  readonly id: number;
  readonly model: string;
  readonly record_id: number;
  readonly event: Operation;
  readonly timestamp: string;
  readonly payload: JsonObject;
  readonly priority: Priority;
  readonly category: string;
  readonly user_id: number;
  readonly user_name: string;
  is_processed: boolean;
  readonly is_archived: boolean;
}

/** A row of `webhook.event`, one per subscriber; members spelt as Odoo's columns (`push-*`: `odoo_rows_after`). */
export interface PushRow {
  readonly id: number;
  readonly model: string;
  readonly record_id: number;
  readonly event: Operation;
  readonly timestamp: string;
  readonly payload: JsonObject;
  readonly priority: Priority;
  readonly category: string;
  readonly changed_fields: readonly string[] | null;
  /** Which subscriber, counted from 1. */
  readonly subscriber_id: number;
  /** Who made the change: decides what the addon writes down after an instant push (README §3). */
  readonly client: Client;
  /** Meant to leave inside the user's request. */
  readonly instant: boolean;
  /** An instant push has been begun. */
  attempted: boolean;
  status: 'pending' | 'failed' | 'sent';
  retry_count: number;
  response_code: number | null;
  response_body: string | null;
  error_message: string | null;
  error_type: string | null;
  next_retry_at: string | null;
  sent_at: string | null;
  processing_time: number | null;
}

/** How the business call came: by RPC or from the web client. */
export type Client = 'jsonrpc' | 'web';

/** An id drawn is gone, committed or not: gaps are normal. */
export class Sequence {
  private last = 0;

  next(): number {
    this.last += 1;
    return this.last;
  }

  restart(): void {
    this.last = 0;
  }
}

/** Both tables and their unrelated sequences; rows are in the order of their ids, late ones are put in their place. */
export class Tables {
  readonly pullIds = new Sequence();
  readonly pushIds = new Sequence();
  readonly pulls: PullRow[] = [];
  readonly pushes: PushRow[] = [];
  private readonly pullById = new Map<number, PullRow>();

  /** Makes rows visible, all at once: push and pull rows of one change share a transaction. */
  insert(pulls: readonly PullRow[], pushes: readonly PushRow[]): void {
    for (const row of pulls) {
      insertById(this.pulls, row);
      this.pullById.set(row.id, row);
    }
    for (const row of pushes) insertById(this.pushes, row);
  }

  pull(id: Json): PullRow | undefined {
    return typeof id === 'number' ? this.pullById.get(id) : undefined;
  }

  /** Where the first row with an id over `cursor` stands. */
  indexAfter(cursor: bigint): number {
    let low = 0;
    let high = this.pulls.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (BigInt(this.pulls[middle]?.id ?? 0) > cursor) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The clean-up jobs, by number instead of age: beyond the newest `keep`, only what still waits stays. */
  cleanUp(keep: number): void {
    retain(this.pulls, keep, (row) => !row.is_processed);
    retain(this.pushes, keep, (row) => row.status === 'pending');
    this.pullById.clear();
    for (const row of this.pulls) this.pullById.set(row.id, row);
  }

  /** A database restored from nothing: all rows gone, both sequences start again at 1. */
  reset(): void {
    this.pulls.length = 0;
    this.pushes.length = 0;
    this.pullById.clear();
    this.pullIds.restart();
    this.pushIds.restart();
  }
}

function insertById<Row extends { readonly id: number }>(rows: Row[], row: Row): void {
  let at = rows.length;
  while (at > 0 && (rows[at - 1]?.id ?? 0) > row.id) at -= 1;
  rows.splice(at, 0, row);
}

function retain<Row>(rows: Row[], keep: number, isWaiting: (row: Row) => boolean): void {
  const old = rows.length - keep;
  const kept = rows.filter((row, at) => at >= old || isWaiting(row));
  rows.length = 0;
  for (const row of kept) rows.push(row); // spread would overflow the stack when nobody acknowledges for days
}
