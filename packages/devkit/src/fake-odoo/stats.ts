import type { JsonObject } from './json-write';
import { naiveMicros } from './naive-time';
import type { PullRow, Tables } from './tables';

const FIRST_DAY = Date.parse('0001-01-01T00:00:00Z');
const LAST_DAY = Date.UTC(10_000, 0, 1);

/** The numbers of the last `days` days (`stats-health-matrix`); a date that Python cannot hold is an `error` in a 200. */
export function stats(tables: Tables, days: bigint, now: Date): JsonObject {
  const since = now.getTime() - Number(days) * 86_400_000;
  if (since < FIRST_DAY || since >= LAST_DAY) return { error: 'date value out of range' };
  const from = naiveMicros(new Date(since), 1);
  const rows = tables.pulls.filter(({ timestamp }) => timestamp >= from);
  const processed = rows.filter((row) => row.is_processed).length;
  return {
    period_days: days,
    total: rows.length,
    processed,
    pending: rows.length - processed,
    archived: rows.filter((row) => row.is_archived).length,
    by_model: count(rows, 'model').map(([model, number]) => ({ model, count: number })),
    by_priority: Object.fromEntries(count(rows, 'priority')),
  };
}

/** How many rows nobody has acknowledged: what `/health` reveals to everybody. */
export function pending(tables: Tables): number {
  return tables.pulls.filter((row) => !row.is_processed && !row.is_archived).length;
}

function count(rows: readonly PullRow[], column: 'model' | 'priority'): [string, number][] {
  const numbers = new Map<string, number>();
  for (const row of rows) numbers.set(row[column], (numbers.get(row[column]) ?? 0) + 1);
  return [...numbers].sort(([leftName, left], [rightName, right]) => right - left || (leftName < rightName ? -1 : 1));
}
