import { AxiosResponse, create } from 'axios';
import { isRecord, JsonRecord, kindOf } from '@bridgecore/contracts';
import { clockSkewOf, failureOf, refusalOf, successOf } from './odoo-answer';
import { OdooFailure } from './odoo-failure';

/** One page of the pull API: rows as they came, not checked yet. */
export interface Page {
  readonly rows: readonly unknown[];
  readonly hasMore: boolean;
  /** How large the answer was, where it is known. */
  readonly bytes?: number;
}

/** The calls that we make of one Odoo (`odoo-wire/README.md` §4); an aborted signal breaks them off. */
export interface OdooClient {
  /** Unacknowledged rows with an id over `lastEventId`, in the order of their ids; `limit` from 1 to 1000. */
  pull(lastEventId: number, limit: number, signal?: AbortSignal): Promise<Page>;
  /** Marks rows as processed: all of them, or none and a failure. */
  acknowledge(ids: readonly number[], signal?: AbortSignal): Promise<void>;
}

/** Where an Odoo is and what opens it. */
export interface OdooAccess {
  readonly url: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
}

/** A thousand rows are 4 MB; a page beyond this is a mistake, and would fill the memory. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** The only place that knows axios, but for reading its errors in `odoo-answer.ts`. */
export function createOdooClient(access: OdooAccess): OdooClient {
  const call = caller(access);
  return {
    async pull(lastEventId, limit, signal) {
      const asked = { last_event_id: lastEventId, limit };
      const { body, bytes } = await call('POST', '/api/webhooks/pull', asked, signal);
      const { events } = body;
      if (!Array.isArray(events)) throw new OdooFailure('refused', `Odoo's page has ${kindOf(events)} for events`);
      return { rows: events, hasMore: body['has_more'] === true, bytes };
    },
    async acknowledge(ids, signal) {
      await call('POST', '/api/webhooks/mark-processed', { event_ids: ids }, signal);
    },
  };
}

/** What a question that changes nothing brings back, and how far Odoo's clock is ahead of ours, where it tells. */
export interface Probed {
  readonly body: JsonRecord;
  readonly clockSkewSeconds: number | null;
}

/** Questions that change nothing and take no events; an aborted signal breaks them off. */
export interface OdooProbe {
  /** Needs no key: whether the addon is there, and what it holds. */
  health(signal?: AbortSignal): Promise<Probed>;
  /** Needs the key. Of no days at all, which costs Odoo nothing to speak of. */
  statistics(signal?: AbortSignal): Promise<Probed>;
}

/** Asks an Odoo how it is; guarded by no breaker, for it is to find out whether Odoo is back. */
export function createOdooProbe(access: OdooAccess): OdooProbe {
  const call = caller(access);
  const probe = async (path: string, signal?: AbortSignal): Promise<Probed> => {
    const { body, date, middle } = await call('GET', path, undefined, signal);
    return { body, clockSkewSeconds: clockSkewOf(date, middle) };
  };
  return {
    health: (signal) => probe('/api/webhooks/health', signal),
    statistics: (signal) => probe('/api/webhooks/stats?days=0', signal),
  };
}

type Call = (
  method: 'GET' | 'POST',
  path: string,
  asked: JsonRecord | undefined,
  signal: AbortSignal | undefined,
) => Promise<Answer>;

interface Answer {
  readonly body: JsonRecord;
  readonly bytes: number;
  readonly date: unknown;
  /** The middle of the call, by our clock. */
  readonly middle: number;
}

/** Calls one Odoo, within a time, and takes only a success for an answer. */
function caller({ url, apiKey, timeoutMs }: OdooAccess): Call {
  const http = create({
    baseURL: url,
    headers: { 'X-API-Key': apiKey, 'Content-Type': 'application/json', 'User-Agent': 'BridgeCore' },
    maxRedirects: 0,
    maxContentLength: MAX_BODY_BYTES,
    responseType: 'text',
    transformResponse: (body: unknown) => body,
    validateStatus: () => true,
  });
  return async (method, path, asked, signal) => {
    const startedAt = Date.now();
    const response = await bounded(timeoutMs, signal, (bound) =>
      http.request<string>({ method, url: path, data: asked, signal: bound }),
    );
    const middle = (startedAt + Date.now()) / 2;
    const body = jsonOf(response.data);
    if (response.status !== 200 || body === undefined) throw refusalOf(url, response, body);
    const bytes = Buffer.byteLength(response.data);
    return { body: successOf(body), bytes, date: response.headers['date'], middle };
  };
}

/** The whole call ends in time: axios' own timeout is one of silence, and a body may trickle in for ever. */
async function bounded(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  call: (bound: AbortSignal) => Promise<AxiosResponse<string>>,
): Promise<AxiosResponse<string>> {
  const bound = new AbortController();
  const stop = (): void => {
    bound.abort();
  };
  const timer = setTimeout(stop, timeoutMs);
  signal?.addEventListener('abort', stop);
  if (signal?.aborted === true) stop();
  try {
    return await call(bound.signal);
  } catch (error) {
    if (signal?.aborted === true) throw new OdooFailure('aborted', 'The call of Odoo was broken off.');
    if (bound.signal.aborted) throw new OdooFailure('timeout', `Odoo has not answered within ${timeoutMs / 1_000} s.`);
    throw failureOf(error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

function jsonOf(text: unknown): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(String(text));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
