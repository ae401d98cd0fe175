import { OdooDomain } from '@bridgecore/contracts';
import { isTrouble, OdooRecord, OdooRecords, OdooTrouble } from '@bridgecore/odoo';

/** Where reading stands: everything that was written before `second` is read, and within it what has an id up to `after`. */
export interface Position {
  /** `2026-11-23 06:33:51`; null is the beginning of time. */
  readonly second: string | null;
  /** Not null: the second, or without one what has no `write_date` at all, is read by id. */
  readonly after: number | null;
}

/**
 * Where reading begins: at a `write_date`, or with everything there is. Then what has no date comes first, so that who has
 * come to a date has seen it; nothing that was written since a last run is without one.
 */
export function beginning(second: string | null): Position {
  return { second, after: second === null ? 0 : null };
}

/** Records that were read, and from where to go on when they are done; without that it was the last page. */
export interface ReadPage {
  readonly records: readonly OdooRecord[];
  readonly next: Position | null;
  /** The latest `write_date` of the page. */
  readonly latest: string | null;
}

/** What is read. */
export interface ReadOptions {
  readonly records: OdooRecords;
  readonly model: string;
  readonly filters: OdooDomain;
  readonly fields: readonly string[];
  readonly limit: number;
}

const TOO_MUCH: ReadonlySet<OdooTrouble> = new Set(['timeout', 'too_large']);

/**
 * One page in the order of `(write_date, id)`. RPC cuts the microseconds off a `write_date` and compares with them, so
 * `= second` finds nothing and `> second` finds the same again: a second that is not read to its end is given up and begun
 * anew, and one that fills a whole page (an import, in one transaction) is read by id. A page that Odoo cannot serve in
 * time is asked for by halves.
 */
export async function readPage(options: ReadOptions, position: Position): Promise<ReadPage> {
  try {
    return await (position.after === null ? readOn(options, position) : drain(options, position, position.after));
  } catch (error) {
    if (options.limit === 1 || !isTrouble(error, TOO_MUCH)) throw error;
    return readPage({ ...options, limit: Math.floor(options.limit / 2) }, position);
  }
}

async function readOn(options: ReadOptions, { second }: Position): Promise<ReadPage> {
  const since = second === null ? ['write_date', '!=', false] : ['write_date', '>=', second];
  const records = await ask(options, [since], 'write_date, id');
  const latest = secondOf(records.at(-1));
  const isLast = records.length < options.limit || latest === null;
  if (isLast) return { records, latest, next: null };
  const whole = records.filter((record) => secondOf(record) !== latest);
  const next = { second: latest, after: whole.length === 0 ? 0 : null };
  return { records: whole, latest: secondOf(whole.at(-1)), next };
}

/** One second, or what has no date, by id. */
async function drain(options: ReadOptions, { second }: Position, after: number): Promise<ReadPage> {
  const within = second === null ? [['write_date', '=', false]] : during(second);
  const records = await ask(options, [...within, ['id', '>', after]], 'id');
  const isLast = records.length < options.limit;
  if (!isLast) return { records, latest: second, next: { second, after: records.at(-1)?.id ?? after } };
  if (second === null) return { records, latest: null, next: { second: null, after: null } };
  return { records, latest: second, next: { second: shifted(second, 1), after: null } };
}

function ask(
  { records, model, filters, fields, limit }: ReadOptions,
  more: OdooDomain,
  order: string,
): Promise<OdooRecord[]> {
  return records.searchRead(model, { domain: [...filters, ...more], fields: [...fields, 'write_date'], order, limit });
}

function during(second: string): OdooDomain[] {
  return [
    ['write_date', '>=', second],
    ['write_date', '<', shifted(second, 1)],
  ];
}

/** A record's `write_date` as RPC gives it; null when it has none. */
export function secondOf(record: OdooRecord | undefined): string | null {
  const written = record?.['write_date'];
  return typeof written === 'string' ? written.slice(0, 19) : null;
}

/** So many seconds later, in Odoo's spelling. */
export function shifted(second: string, seconds: number): string {
  const time = Date.parse(`${second.replace(' ', 'T')}Z`) + seconds * 1_000;
  return new Date(time).toISOString().slice(0, 19).replace('T', ' ');
}
