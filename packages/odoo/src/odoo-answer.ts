import { AxiosResponse, isAxiosError } from 'axios';
import { JsonRecord, publicUrl } from '@bridgecore/contracts';
import { retryAfterOf } from '@bridgecore/runtime';
import { OdooFailure, OdooTrouble } from './odoo-failure';

/** However long Odoo, or a proxy that is set up badly, asks to be left alone. */
const MAX_RETRY_AFTER_SECONDS = 3_600;

/** A 200 that has an `error` is a failure although it says `success: true` (`pull-last_event_id-over-int4`). */
export function successOf(answer: JsonRecord): JsonRecord {
  const { error, success } = answer;
  const isFailed = error !== undefined && error !== false && error !== null;
  if (isFailed) throw new OdooFailure('failed', `Odoo failed inside: ${messageOf(answer)}`);
  if (success === false) throw new OdooFailure('failed', `Odoo reported no success: ${messageOf(answer)}`);
  return answer;
}

/** Any other answer, as a failure with what to do about it. */
export function refusalOf(url: string, { status, headers }: AxiosResponse, answer?: JsonRecord): OdooFailure {
  const reason = `Odoo at ${publicUrl(url)} answered ${status}${answer === undefined ? ' without JSON' : `: ${messageOf(answer)}`}`;
  const trouble = TROUBLES[status] ?? (status >= 500 ? 'failed' : 'refused');
  const isHintWanted = trouble === 'refused' || trouble === 'denied';
  const message = isHintWanted ? `${reason}. ${HINTS[status] ?? 'Check ODOO_URL'}` : reason;
  return new OdooFailure(
    trouble,
    message,
    status === 429 || status === 503 ? retryAfterOf(headers['retry-after'], MAX_RETRY_AFTER_SECONDS) : undefined,
  );
}

/** An error of axios; it carries the key, so it is never passed on, not even as a cause. What is none is a bug. */
export function failureOf(error: unknown): unknown {
  if (!isAxiosError(error)) return error;
  const { code = '', message } = error;
  if (message.startsWith('maxContentLength'))
    return new OdooFailure('too_large', `Odoo's answer is too large: ${message}`);
  return new OdooFailure('unreachable', `Odoo cannot be reached: ${code} ${message}`);
}

const TROUBLES: Readonly<Record<number, OdooTrouble>> = {
  ...{ 401: 'denied', 403: 'denied', 413: 'too_large' },
  ...{ 429: 'limited', 502: 'overloaded', 503: 'overloaded', 504: 'overloaded' },
};

const HINTS: Readonly<Record<number, string>> = {
  200: 'Check that ODOO_URL is the root of an Odoo that has the auto_webhook addon',
  401: 'Check that its key here (ODOO_WEBHOOK_API_KEY, or webhook_api_key in SYSTEMS_FILE) is the one that is set in Odoo',
  404: 'Check ODOO_URL, and that the auto_webhook addon is installed',
};

function messageOf({ message, error }: JsonRecord): string {
  const text = typeof message === 'string' ? message : error;
  return typeof text === 'string' ? text.slice(0, 300) : 'no message';
}
