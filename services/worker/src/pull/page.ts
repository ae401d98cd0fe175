import { randomUUID } from 'node:crypto';
import {
  Arrival,
  BridgeError,
  isRecord,
  MAX_INT4,
  normalisePulledRow,
  rawJson,
  WebhookEvent,
} from '@bridgecore/contracts';
import { DeadLetter, deadRow } from '../dead-letters/letter';

/** A page of Odoo's rows, sorted into what can be recorded and what cannot. */
export interface ReadPage {
  readonly events: readonly WebhookEvent[];
  readonly dead: readonly DeadLetter[];
  /** The ids that may be acknowledged: integers only, or Odoo answers 500 and marks nothing. */
  readonly ids: readonly number[];
  /** The highest id, where the next page begins; null when no row has one. */
  readonly lastId: number | null;
}

/** Normalises each row for itself, so that a poisonous one does not hold up its page. */
export function readPage(rows: readonly unknown[], arrival: Omit<Arrival, 'newId'>): ReadPage {
  const events: WebhookEvent[] = [];
  const dead: DeadLetter[] = [];
  const ids: number[] = [];
  for (const row of rows) {
    const id = rowId(row);
    if (id !== null) ids.push(id);
    try {
      if (id === null) throw new BridgeError('EVENT_INVALID', `The row's id is not an integer from 1 to ${MAX_INT4}.`);
      events.push(normalisePulledRow(row, { ...arrival, newId: randomUUID }));
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
      dead.push(deadRow(rawJson(row, arrival.isRedacted), id === null ? null : String(id), error, arrival));
    }
  }
  return { events, dead, ids, lastId: ids.length === 0 ? null : ids.reduce((a, b) => Math.max(a, b)) };
}

function rowId(row: unknown): number | null {
  const given = isRecord(row) ? row['id'] : undefined;
  const id = typeof given === 'string' && /^\d{1,10}$/.test(given) ? Number(given) : given;
  return typeof id === 'number' && Number.isInteger(id) && id >= 1 && id <= MAX_INT4 ? id : null;
}
