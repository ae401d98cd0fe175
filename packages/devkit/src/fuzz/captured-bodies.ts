import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const RECEIVE = '/api/v1/webhooks/receive';

/** Every body that a real Odoo posted to us in the recordings of `directory`. */
export function capturedBodies(directory: string): unknown[] {
  const names = readdirSync(directory).filter((name) => name.endsWith('.json'));
  return names.sort().flatMap((name) => bodiesIn(JSON.parse(readFileSync(join(directory, name), 'utf8'))));
}

function bodiesIn(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const { method, path, body } = value as { method?: unknown; path?: unknown; body?: unknown };
  if (method === 'POST' && path === RECEIVE && typeof body === 'object' && body !== null) return [body];
  return Object.values(value).flatMap(bodiesIn);
}
