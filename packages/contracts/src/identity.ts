import { createHash } from 'node:crypto';
import { canonicalJson, JsonRecord } from './json';

/** Where an arrival came from; a push id and a pull id are numbers of two different sequences. */
export const ORIGINS = ['push', 'pull'] as const;
export type Origin = (typeof ORIGINS)[number];

/** What an event is about, as far as it decides whether two arrivals speak of the same change. */
export interface ContentParts {
  readonly system: string;
  readonly model: string;
  readonly record_id: number;
  readonly operation: string;
  /** The record payload as Odoo sent it: without `_webhook_metadata`, not redacted, `false` still `false`. */
  readonly payload: JsonRecord;
}

/**
 * The content key: 16 bytes of SHA-256, spelled as a uuid. It covers just what is identical in a push and in its
 * pulled twin; time, priority, category and user may differ (`odoo-wire/README.md` §5), ids always do.
 */
export function contentKey({ system, model, record_id, operation, payload }: ContentParts): string {
  const subject = JSON.stringify([system, model, record_id, operation]);
  return digest(subject, canonicalJson(payload));
}

/** 16 bytes of SHA-256 over the texts, spelled as a uuid without a version in it. */
export function digest(...texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text);
  const hex = hash.digest('hex');
  return hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * A dated payload carries its transaction's `write_date` (microseconds), so the same content cannot come from two
 * changes. Compared as text within the content key, never parsed.
 */
export function isDated(payload: JsonRecord): boolean {
  return typeof payload['write_date'] === 'string' && payload['write_date'] !== '';
}
