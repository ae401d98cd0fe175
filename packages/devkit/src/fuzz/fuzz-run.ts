import { seeded } from '../fake-odoo/random';
import { FuzzAnswer, fuzzRequest, FuzzRequest, send } from './fuzz-request';

/** What is pushed, where to, and when it is enough. */
export interface FuzzOptions {
  readonly url: string;
  readonly key: string;
  readonly seeds: readonly unknown[];
  readonly seed: number;
  /** Asked before each request, with the number sent so far. */
  readonly goOn: (sent: number) => boolean;
}

/** What came of it; the first request whose answer was not one of the API's ended the run. */
export interface FuzzResult {
  readonly sent: number;
  readonly statuses: ReadonlyMap<number, number>;
  /** Events and refused items in what was answered 200: so many must come to an end. */
  readonly accepted: number;
  readonly offence: { readonly what: string; readonly request: FuzzRequest; readonly number: number } | undefined;
}

/** The statuses of the README's table that a POST to the receiving path may get. */
const ALLOWED = new Set([200, 400, 401, 403, 408, 413, 415, 422, 429, 431, 503]);

/** Pushes one mutated capture after another, in the order that the seed gives. */
export async function fuzz({ url, key, seeds, seed, goOn }: FuzzOptions): Promise<FuzzResult> {
  const random = seeded(seed);
  const statuses = new Map<number, number>();
  let sent = 0;
  let accepted = 0;
  while (goOn(sent)) {
    const request = fuzzRequest(seeds, key, random);
    const answer = await send(url, request);
    sent += 1;
    const status = answer?.status ?? 0;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const what = offenceOf(answer);
    if (what !== undefined) return { sent, statuses, accepted, offence: { what, request, number: sent } };
    if (status === 200) accepted += acceptedIn(answer?.text ?? '');
  }
  return { sent, statuses, accepted, offence: undefined };
}

function offenceOf(answer: FuzzAnswer | null): string | undefined {
  if (answer === null) return 'no answer';
  const { status, type, text } = answer;
  if (!ALLOWED.has(status)) return `status ${status}: ${text.slice(0, 300)}`;
  const isQueueAnswer = status !== 503 || text.includes('"code":"QUEUE_');
  if (!isQueueAnswer) return `a 503 that nobody wanted: ${text.slice(0, 300)}`;
  const wanted = status === 200 ? 'application/json' : 'application/problem+json';
  if (!type.startsWith(wanted)) return `status ${status} as ${type || 'nothing'}, not ${wanted}`;
  return isJson(text) ? undefined : `status ${status} with a body that is not JSON`;
}

function acceptedIn(text: string): number {
  const { accepted, rejected = [] } = JSON.parse(text) as { accepted: number; rejected?: unknown[] };
  return accepted + rejected.length;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
