import { AxiosInstance, create, isAxiosError } from 'axios';
import { BridgeError, isRecord, JsonRecord, kindOf } from '@bridgecore/contracts';

/** One page of the pull API: rows as they came, not checked yet. */
export interface Page {
  readonly rows: readonly unknown[];
  readonly hasMore: boolean;
}

/** The calls that we make of one Odoo (`odoo-wire/README.md` §4). */
export interface OdooClient {
  /** Unacknowledged rows with an id over `lastEventId`, in the order of their ids; `limit` from 1 to 1000. */
  pull(lastEventId: number, limit: number): Promise<Page>;
  /** Marks rows as processed: all of them, or none and a failure. */
  acknowledge(ids: readonly number[]): Promise<void>;
}

/** Where an Odoo is and what opens it. */
export interface OdooAccess {
  readonly url: string;
  readonly apiKey: string;
  readonly timeoutMs: number;
}

/** A thousand rows are 4 MB; a page beyond this is a mistake, and would fill the memory. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** The only place that knows axios. Its errors carry the key, so they are never passed on, not even as a cause. */
export function createOdooClient({ url, apiKey, timeoutMs }: OdooAccess): OdooClient {
  const http = create({
    baseURL: url,
    timeout: timeoutMs,
    headers: { 'X-API-Key': apiKey, 'Content-Type': 'application/json', 'User-Agent': 'BridgeCore' },
    maxRedirects: 0,
    maxContentLength: MAX_BODY_BYTES,
    responseType: 'text',
    transformResponse: (body: unknown) => body,
    validateStatus: () => true,
  });
  return {
    async pull(lastEventId, limit) {
      const body = await post(http, '/api/webhooks/pull', { last_event_id: lastEventId, limit }, timeoutMs);
      const { events } = body;
      if (!Array.isArray(events)) throw refused(`Odoo's page has ${kindOf(events)} for events`);
      return { rows: events, hasMore: body['has_more'] === true };
    },
    async acknowledge(ids) {
      await post(http, '/api/webhooks/mark-processed', { event_ids: ids }, timeoutMs);
    },
  };
}

async function post(http: AxiosInstance, path: string, body: JsonRecord, timeoutMs: number): Promise<JsonRecord> {
  // axios' own timeout is one of silence; a body that trickles in is bounded by the signal.
  const response = await http.post<string>(path, body, { signal: AbortSignal.timeout(timeoutMs * 2) }).catch(fail);
  const answer = jsonOf(response.data);
  if (response.status === 200 && answer !== undefined) return successOf(answer);
  const reason = `Odoo at ${http.defaults.baseURL ?? ''} answered ${response.status}${answer === undefined ? ' without JSON' : `: ${messageOf(answer)}`}`;
  if (response.status === 429 || response.status >= 500) throw away(reason);
  throw refused(`${reason}. ${HINTS[response.status] ?? 'Check ODOO_URL'}`);
}

const HINTS: Record<number, string> = {
  200: 'Check that ODOO_URL is the root of an Odoo that has the auto_webhook addon',
  401: 'Check that its key here (ODOO_WEBHOOK_API_KEY, or webhook_api_key in SYSTEMS_FILE) is the one that is set in Odoo',
  404: 'Check ODOO_URL, and that the auto_webhook addon is installed',
};

/** A 200 that has an `error` is a failure although it says `success: true` (`pull-last_event_id-over-int4`). */
function successOf(answer: JsonRecord): JsonRecord {
  const { error, success } = answer;
  if (error !== undefined && error !== false && error !== null) throw away(`Odoo failed inside: ${messageOf(answer)}`);
  if (success === false) throw away(`Odoo reported no success: ${messageOf(answer)}`);
  return answer;
}

function jsonOf(text: unknown): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(String(text));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function messageOf({ message, error }: JsonRecord): string {
  const text = typeof message === 'string' ? message : error;
  return typeof text === 'string' ? text.slice(0, 300) : 'no message';
}

function fail(error: unknown): never {
  if (!isAxiosError(error)) throw error;
  throw away(`Odoo cannot be reached: ${error.code ?? ''} ${error.message}`);
}

function away(message: string): BridgeError {
  return new BridgeError('ODOO_UNAVAILABLE', message);
}

function refused(message: string): BridgeError {
  return new BridgeError('ODOO_REFUSED', message);
}
