import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRecord, JsonRecord } from '../src/json';

/** The recordings of a real Odoo; compiled tests lie in `dist/test`, the recordings in `test`. */
export const CAPTURES = join(__dirname, '../../test/fixtures/odoo-wire');

/** The names of all captures, so that a new one is covered by being there. */
export const captureNames = readdirSync(CAPTURES).filter((name) => name.endsWith('.json'));

/** A capture as it was recorded. */
export function capture(name: string): JsonRecord {
  return JSON.parse(readFileSync(join(CAPTURES, name), 'utf8')) as JsonRecord;
}

/** Every object in the value for which `test` holds, however deep; what is inside a found one is not looked at. */
export function findAll(value: unknown, test: (candidate: JsonRecord) => boolean): JsonRecord[] {
  if (Array.isArray(value)) return value.flatMap((item) => findAll(item, test));
  if (!isRecord(value)) return [];
  return test(value) ? [value] : Object.values(value).flatMap((item) => findAll(item, test));
}

/** Every body that Odoo posted to us in this capture. */
export function pushedBodies(name: string): JsonRecord[] {
  const posts = findAll(
    capture(name),
    ({ method, path, body }) => method === 'POST' && path === RECEIVE && isRecord(body),
  );
  const kept = findAll(capture(name), (value) => isRecord(value['instant_body']) || isRecord(value['scheduled_body']));
  return [
    ...posts.map(({ body }) => body as JsonRecord),
    ...kept.flatMap(({ instant_body, scheduled_body }) => [instant_body, scheduled_body]).filter(isRecord),
  ];
}

const RECEIVE = '/api/v1/webhooks/receive';

/** Every row of the pull API in this capture, with its payload. */
export function pulledRows(name: string): JsonRecord[] {
  return findAll(capture(name), isPulledRow);
}

function isPulledRow(value: JsonRecord): boolean {
  const isRow = ['id', 'model', 'record_id', 'event', 'timestamp', 'payload'].every((field) => field in value);
  return isRow && isRecord(value['payload']) && 'priority' in value;
}
