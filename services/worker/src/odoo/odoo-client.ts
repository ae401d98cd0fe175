import { AxiosInstance, AxiosResponse, create } from 'axios';
import { isRecord, JsonRecord, kindOf } from '@bridgecore/contracts';
import { failureOf, refusalOf, successOf } from './odoo-answer';
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
export function createOdooClient({ url, apiKey, timeoutMs }: OdooAccess): OdooClient {
  const http = create({
    baseURL: url,
    headers: { 'X-API-Key': apiKey, 'Content-Type': 'application/json', 'User-Agent': 'BridgeCore' },
    maxRedirects: 0,
    maxContentLength: MAX_BODY_BYTES,
    responseType: 'text',
    transformResponse: (body: unknown) => body,
    validateStatus: () => true,
  });
  return {
    async pull(lastEventId, limit, signal) {
      const asked = { last_event_id: lastEventId, limit };
      const { body, bytes } = await post(http, '/api/webhooks/pull', asked, timeoutMs, signal);
      const { events } = body;
      if (!Array.isArray(events)) throw new OdooFailure('refused', `Odoo's page has ${kindOf(events)} for events`);
      return { rows: events, hasMore: body['has_more'] === true, bytes };
    },
    async acknowledge(ids, signal) {
      await post(http, '/api/webhooks/mark-processed', { event_ids: ids }, timeoutMs, signal);
    },
  };
}

interface Answer {
  readonly body: JsonRecord;
  readonly bytes: number;
}

async function post(
  http: AxiosInstance,
  path: string,
  asked: JsonRecord,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Answer> {
  const response = await bounded(timeoutMs, signal, (bound) => http.post<string>(path, asked, { signal: bound }));
  const body = jsonOf(response.data);
  if (response.status !== 200 || body === undefined) throw refusalOf(http.defaults.baseURL ?? '', response, body);
  return { body: successOf(body), bytes: Buffer.byteLength(response.data) };
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
