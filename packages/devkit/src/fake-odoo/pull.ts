import { repr, isTrue, toInt, typeName } from './python';
import type { Json, JsonObject } from './json-write';
import type { PullRow, Tables } from './tables';

/** The parameters as they came, by query string or body; the addon checks nothing. */
export type PullParameters = Readonly<Record<string, Json | undefined>>;

const INT4_MAX = 2_147_483_647n;
const DEFAULT_LIMIT = 100n;
const MAX_LIMIT = 1000n;

/** The addon splits `models` at commas, here as in a body (`pull-parameter-matrix`, "POST models string"). */
function modelNames(models: Json | undefined): Json {
  if (typeof models !== 'string') return models ?? null;
  return models
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/**
 * One page (README §4, `pull-parameter-matrix`). A parameter that is no integer raises; every later failure is a 200
 * with `error` and an empty page, as if all were read.
 */
export function pullPage(tables: Tables, parameters: PullParameters, brokenBy?: string): JsonObject {
  const cursor = toInt(parameters['last_event_id'] === undefined ? 0 : parameters['last_event_id']);
  const given = parameters['limit'] === undefined ? DEFAULT_LIMIT : toInt(parameters['limit']);
  const limit = given > MAX_LIMIT ? MAX_LIMIT : given;
  const models = modelNames(parameters['models']);
  const { priority } = parameters;
  const error = brokenBy ?? refusal(cursor, limit, models, priority);
  if (error !== undefined) return { events: [], last_id: cursor, has_more: false, count: 0, error };

  const rows = select(tables, cursor, Number(limit), matcher(models, priority));
  const last = rows.at(-1);
  if (last === undefined) return { events: [], last_id: cursor, has_more: false, count: 0 };
  return { events: rows.map(event), last_id: last.id, has_more: hasMore(tables, last.id), count: rows.length };
}

/** What PostgreSQL or the ORM would say. */
function refusal(cursor: bigint, limit: bigint, models: Json, priority: Json | undefined): string | undefined {
  if (isTrue(models) && !isList(models)) return `Invalid domain term ('model', 'in', ${repr(models)})`;
  if (isTrue(priority) && typeName(priority ?? null) === 'dict') return "can't adapt type 'dict'\n";
  if (cursor > INT4_MAX || cursor < -INT4_MAX - 1n) return outOfRange(String(cursor));
  return limit < 0n ? 'LIMIT must not be negative\n' : undefined;
}

function outOfRange(cursor: string): string {
  const shown = `LINE 1: ..."update_webhook" WHERE ((("update_webhook"."id" > '${cursor.slice(0, 9)}...`;
  return `value "${cursor}" is out of range for type integer\n${shown}\n${' '.repeat(61)}^\n`;
}

function matcher(models: Json, priority: Json | undefined): (row: PullRow) => boolean {
  const wantedModels = isTrue(models) && isList(models) ? new Set(models) : undefined;
  const wantedPriorities = isTrue(priority) ? new Set(isList(priority) ? priority : [priority]) : undefined;
  return (row) =>
    (wantedModels === undefined || wantedModels.has(row.model)) &&
    (wantedPriorities === undefined || wantedPriorities.has(row.priority));
}

/** `limit` 0 is no limit: the whole table. */
function select(tables: Tables, cursor: bigint, limit: number, wanted: (row: PullRow) => boolean): PullRow[] {
  const rows: PullRow[] = [];
  for (let at = tables.indexAfter(cursor); at < tables.pulls.length; at += 1) {
    const row = tables.pulls[at];
    if (row === undefined || !isListed(row) || !wanted(row)) continue;
    rows.push(row);
    if (rows.length === limit) break;
  }
  return rows;
}

/** Ignores the filters: true although the next filtered page may be empty (`pull-has_more-ignores-filter`). */
function hasMore(tables: Tables, lastId: number): boolean {
  for (let at = tables.indexAfter(BigInt(lastId)); at < tables.pulls.length; at += 1) {
    const row = tables.pulls[at];
    if (row !== undefined && isListed(row)) return true;
  }
  return false;
}

function isListed(row: PullRow): boolean {
  return !row.is_processed && !row.is_archived;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function event(row: PullRow): JsonObject {
  return {
    id: row.id,
    model: row.model,
    record_id: row.record_id,
    event: row.event,
    timestamp: row.timestamp,
    payload: row.payload,
    priority: row.priority,
    category: row.category,
    user_id: row.user_id,
    user_name: row.user_name,
  };
}
