import { AxiosInstance, AxiosResponse, create } from 'axios';
import { isRecord, JsonRecord } from '@bridgecore/contracts';
import { failureOf } from './odoo-answer';
import { OdooFailure } from './odoo-failure';

/** An answer of Odoo's, whatever its status; `json` is undefined when it is no JSON. */
export interface OdooAnswer {
  readonly response: AxiosResponse<string>;
  readonly json: unknown;
  readonly bytes: number;
}

/** One request of an Odoo. */
export interface OdooRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: JsonRecord;
  readonly signal?: AbortSignal | undefined;
}

/** Asks one Odoo; fails only when no whole answer came in time. */
export type AskOdoo = (request: OdooRequest) => Promise<OdooAnswer>;

/** A thousand rows are 4 MB; an answer beyond this is a mistake, and would fill the memory. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** The only place that knows axios, but for reading its errors in `odoo-answer.ts`. */
export function odooHttp(url: string, timeoutMs: number, headers: Readonly<Record<string, string>> = {}): AskOdoo {
  const http: AxiosInstance = create({
    baseURL: url,
    headers: { 'Content-Type': 'application/json', 'User-Agent': 'BridgeCore', ...headers },
    maxRedirects: 0,
    maxContentLength: MAX_BODY_BYTES,
    responseType: 'text',
    transformResponse: (body: unknown) => body,
    validateStatus: () => true,
  });
  return async ({ method, path, body, signal }) => {
    const call = (bound: AbortSignal): Promise<AxiosResponse<string>> =>
      http.request<string>({ method, url: path, data: body, signal: bound });
    const response = await bounded(timeoutMs, signal, call);
    return { response, json: jsonOf(response.data), bytes: Buffer.byteLength(response.data) };
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

function jsonOf(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

/** A JSON object out of an answer, or undefined. */
export function recordOf({ json }: OdooAnswer): JsonRecord | undefined {
  return isRecord(json) ? json : undefined;
}
