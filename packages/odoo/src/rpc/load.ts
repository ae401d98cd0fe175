import { isRecord, JsonRecord, kindOf } from '@bridgecore/contracts';
import { OdooFailure, OdooTrouble } from '../odoo-failure';
import { Created, FieldValue, NewRecord } from './new-record';
import { CallRpc } from './rpc-call';

/** What may be the fault of one record in the list, or of its length. A right that is missing is missing for all. */
const DIVISIBLE: ReadonlySet<OdooTrouble> = new Set(['validation', 'missing', 'too_large']);

/** `load` reads times in the user's zone unless it is told another, and finds no archived relation unless it is told to. */
const CONTEXT = { tz: 'UTC', active_test: false };

/**
 * Creates records by `load`, the one call of Odoo that writes a record and its external id in one transaction: asked a
 * second time for the same id it writes the same record. A list is loaded as a whole or not at all, so the rows
 * that Odoo names are taken out, the rest is loaded again, and each of them alone: of a list that failed as a whole the
 * first row is named too, whoever is to blame.
 */
export async function loadRecords(call: CallRpc, model: string, records: readonly NewRecord[]): Promise<Created[]> {
  const created = new Map<NewRecord, Created>();
  const groups = new Map<string, NewRecord[]>();
  for (const record of records) {
    const columns = record.values.map(({ field }) => field).join();
    groups.set(columns, [...(groups.get(columns) ?? []), record]);
  }
  for (const group of groups.values()) await loadAll(call, model, group, created);
  return records.map((record) => created.get(record) ?? { failure: lost(model) });
}

async function loadAll(
  call: CallRpc,
  model: string,
  records: readonly NewRecord[],
  created: Map<NewRecord, Created>,
): Promise<void> {
  if (records.length === 0) return;
  const loaded = await loadOnce(call, model, records);
  if ('ids' in loaded) {
    records.forEach((record, index) => created.set(record, { id: loaded.ids[index] ?? 0 }));
    return;
  }
  if (records.length === 1 || !loaded.isDivisible) {
    for (const record of records) created.set(record, { failure: loaded.failure });
    return;
  }
  if (loaded.named.size > 0) {
    await loadAll(
      call,
      model,
      records.filter((_, index) => !loaded.named.has(index)),
      created,
    );
    for (const index of loaded.named) await loadAll(call, model, records.slice(index, index + 1), created);
    return;
  }
  const middle = Math.ceil(records.length / 2);
  await loadAll(call, model, records.slice(0, middle), created);
  await loadAll(call, model, records.slice(middle), created);
}

/** All ids; or why the list is not taken, and which rows Odoo names, by their places. */
type Loaded =
  | { readonly ids: readonly number[] }
  | { readonly failure: OdooFailure; readonly named: ReadonlySet<number>; readonly isDivisible: boolean };

async function loadOnce(call: CallRpc, model: string, records: readonly NewRecord[]): Promise<Loaded> {
  const [first] = records;
  const fields = ['id', ...(first?.values ?? []).map(column)];
  const data = records.map(({ externalId, values }) => [externalId, ...values.map(cell)]);
  try {
    return readLoad(await call({ model, method: 'load', args: { fields, data }, context: CONTEXT }), records.length);
  } catch (error) {
    if (!(error instanceof OdooFailure)) throw error;
    // A shorter list right now would meet the one that Odoo may still work on: who asks again later is to make it shorter.
    const isDivisible = DIVISIBLE.has(error.trouble);
    const isTold = isDivisible || error.trouble === 'access' || (error.trouble === 'timeout' && records.length === 1);
    if (!isTold) throw error;
    return { named: new Set(), failure: error, isDivisible };
  }
}

function readLoad(answer: unknown, count: number): Loaded {
  if (!isRecord(answer)) throw new OdooFailure('refused', `Odoo answered load with ${kindOf(answer)}.`);
  const { ids, messages } = answer;
  if (Array.isArray(ids) && ids.length === count && ids.every(Number.isInteger)) return { ids: ids as number[] };
  const errors = (Array.isArray(messages) ? messages : []).filter(isRecord).filter(({ type }) => type === 'error');
  const named = new Set(errors.map(placeOf).filter((row) => row >= 0 && row < count));
  return { named, failure: failureOf(errors[0] ?? {}), isDivisible: true };
}

function placeOf({ record, rows }: JsonRecord): number {
  const place = Number.isInteger(record) || !isRecord(rows) ? record : rows['from'];
  return Number.isInteger(place) ? (place as number) : -1;
}

function failureOf({ message }: JsonRecord): OdooFailure {
  const text = typeof message === 'string' && message.trim() !== '' ? message.trim() : 'Odoo does not say why';
  return new OdooFailure('validation', text.slice(0, 1_000));
}

function lost(model: string): OdooFailure {
  return new OdooFailure('refused', `Odoo did not say what became of a new ${model}.`);
}

/** Relations by database id: names are ambiguous. */
function column({ field, type }: FieldValue): string {
  return type === 'many2one' || type === 'many2many' ? `${field}/.id` : field;
}

/** Everything is text to `load`; an empty one means no value. */
function cell({ value }: FieldValue): string {
  if (value === false || value === null || value === undefined) return '';
  if (value === true) return '1';
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
}
