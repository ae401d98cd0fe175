import { PythonFloat, type Json } from './json-write';
import { isTrue } from './python';
import type { Tables } from './tables';

/** What became of an acknowledgement; `crash` is Odoo's own 500 page, `failed` the addon's 500 in JSON. */
export type Marking =
  | { readonly kind: 'marked'; readonly count: number }
  | { readonly kind: 'empty' }
  | { readonly kind: 'crash' }
  | { readonly kind: 'failed' };

/**
 * All or nothing (`mark-processed-matrix`): one text or 7.0 crashes the request and nothing is marked. Ids that are
 * unknown, repeated, zero, negative or null count as marked, since the count is the length of the list.
 */
export function markProcessed(
  tables: Tables,
  ids: Json | undefined,
  isRefused: (ids: readonly Json[]) => boolean,
): Marking {
  if (!isTrue(ids) || !isList(ids)) return { kind: 'empty' };
  if (isRefused(ids) || ids.some((id) => typeof id === 'string' || id instanceof PythonFloat)) return { kind: 'crash' };
  if (ids.some((id) => typeof id === 'object' && id !== null)) return { kind: 'failed' };
  for (const id of ids) {
    const row = tables.pull(id);
    if (row !== undefined) row.is_processed = true;
  }
  return { kind: 'marked', count: ids.length };
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
