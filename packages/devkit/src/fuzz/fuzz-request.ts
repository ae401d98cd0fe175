import { request as httpRequest } from 'node:http';
import type { Random } from '../fake-odoo/random';
import { damage, mutate } from './mutate';

/** One request; all of it can be sent again. */
export interface FuzzRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What came back; null when the connection ended without an answer. */
export interface FuzzAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const TYPES = ['text/plain', 'application/json; charset=utf-16', 'application/jsonp', 'multipart/form-data', '', ';;'];
const ENCODINGS = ['gzip', 'br', 'deflate', 'identity', 'zip', ''];
const KEYS = ['k', '', ' ', 'x'.repeat(255), 'x'.repeat(256), 'x'.repeat(4_000), '\u00e9', '%00'];

/** A capture changed by chance, under headers that are odd now and then. */
export function fuzzRequest(seeds: readonly unknown[], key: string, random: Random): FuzzRequest {
  const body = damage(mutate(random.pick(seeds), random), random);
  const headers: Record<string, string> = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  if (random.chance(0.05)) headers['content-type'] = random.pick(TYPES);
  if (random.chance(0.04)) headers['content-encoding'] = random.pick(ENCODINGS);
  if (random.chance(0.1)) headers['idempotency-key'] = random.pick(KEYS);
  if (random.chance(0.02)) headers['authorization'] = random.pick(['Bearer False', 'Basic =', '', `Bearer ${key}x`]);
  const length = random.chance(0.01) ? Math.max(body.length - random.between(1, 9), 0) : body.length;
  headers['content-length'] = String(length);
  return { headers, body: body.subarray(0, length) };
}

/** Sends it; resolves with null when no answer comes in time. */
export function send(url: string, { headers, body }: FuzzRequest): Promise<FuzzAnswer | null> {
  return new Promise((resolve) => {
    const request = httpRequest(url, { method: 'POST', headers, timeout: 20_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text });
      });
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => {
      resolve(null);
    });
    request.end(body);
  });
}
