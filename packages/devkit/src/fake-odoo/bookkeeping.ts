import type { Outcome } from './exchange';
import { readJson } from './json-read';
import { writeJson, type Json } from './json-write';
import { PythonError } from './python';
import type { PushRow } from './tables';

/** The addon's own bug: it breaks here after every instant push that was delivered (README §3). */
const BROKEN_AUDIT = "Invalid field 'subscriber_id' on model 'webhook.audit'";

/**
 * What the addon stores after an instant push (`push-instant-status-code-matrix`). From the web client nothing: the row
 * stays pending and the scheduled job sends it again, even after 200. By RPC it fails for good, even after 200.
 */
export function bookInstant(
  row: PushRow,
  outcome: Outcome | { readonly error: string },
  sentAt: string,
  url: URL,
): void {
  if (row.client === 'web') return;
  row.status = 'failed';
  row.retry_count = 1;
  const delivered = 'kind' in outcome && outcome.kind === 'reply' && [200, 201, 204].includes(outcome.status);
  row.response_code = delivered ? outcome.status : null;
  row.sent_at = delivered ? sentAt : null;
  row.error_message = delivered ? BROKEN_AUDIT : describe(outcome, url);
}

function describe(outcome: Outcome | { readonly error: string }, url: URL): string {
  if ('error' in outcome) return outcome.error;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const pool = `HTTPConnectionPool(host='${url.hostname}', port=${port})`;
  if (outcome.kind === 'reply') return `HTTP ${outcome.status}: ${outcome.body}`;
  if (outcome.kind === 'timeout') return `${pool}: Read timed out. (read timeout=30)`;
  if (outcome.kind === 'redirects') return 'Exceeded 30 redirects.';
  if (outcome.kind === 'refused') return `${pool}: Max retries exceeded with url: ${url.pathname} ${NEW_CONNECTION}`;
  return "('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))";
}

const NEW_CONNECTION =
  "(Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x0>: " +
  "Failed to establish a new connection: [Errno 111] Connection refused'))";

/** What the addon stores after a scheduled push: sent, whatever came back (`push-cron-status-code-matrix`). */
export function bookScheduled(row: PushRow, outcome: Outcome, sentAt: string, tookMs: number): void {
  const { code, body } = understood(outcome);
  row.status = 'sent';
  row.sent_at = sentAt;
  row.response_code = code;
  row.response_body = writeJson(body);
  row.processing_time = tookMs;
}

/** A subscriber that is switched off in Odoo: the only case that plans a retry, which never comes. */
export function bookDisabled(row: PushRow, nextRetryAt: string): void {
  row.status = 'failed';
  row.retry_count += 1;
  row.error_message = 'Subscriber is disabled';
  row.error_type = 'retry_scheduled';
  row.next_retry_at = nextRetryAt;
}

/** How the addon's sender reads a reply: an empty body is `{}`, one that is not JSON is a 500 of its own making. */
export function understood(outcome: Outcome): { readonly code: number; readonly body: Json } {
  if (outcome.kind === 'timeout') return { code: 408, body: { error: 'Request timeout' } };
  if (outcome.kind !== 'reply') return { code: 503, body: { error: 'Connection error' } };
  if (outcome.body === '') return { code: outcome.status, body: {} };
  try {
    return { code: outcome.status, body: readJson(outcome.body) };
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    return { code: 500, body: { error: error.message } };
  }
}
