import type { Fault } from './faults';
import type { Pusher } from './pusher';
import type { Tables } from './tables';

/** Where an Odoo stands; spelt as the control route answers it. */
export interface OdooState {
  readonly pull: { readonly rows: number; readonly processed: number; readonly unprocessed: number };
  /** Transactions that are begun and not committed. */
  readonly held_back: number;
  readonly push: {
    readonly rows: number;
    readonly by_status: Readonly<Record<string, number>>;
    /** Requests sent, by status or by what happened instead: `timeout`, `refused`, `dropped`. */
    readonly sent: number;
    readonly replies: Readonly<Record<string, number>>;
  };
  readonly requests: Readonly<Record<string, Record<number, number>>>;
  readonly faults: readonly Fault[];
}

/** Counts what there is to count. */
export function describeState(
  { pulls, pushes }: Tables,
  { replies }: Pusher,
  rest: Pick<OdooState, 'held_back' | 'requests' | 'faults'>,
): OdooState {
  const processed = pulls.filter((row) => row.is_processed).length;
  const byStatus = { pending: 0, failed: 0, sent: 0 };
  for (const { status } of pushes) byStatus[status] += 1;
  const sent = [...replies.values()].reduce((sum, number) => sum + number, 0);
  return {
    pull: { rows: pulls.length, processed, unprocessed: pulls.length - processed },
    push: { rows: pushes.length, by_status: byStatus, sent, replies: Object.fromEntries(replies) },
    ...rest,
  };
}
