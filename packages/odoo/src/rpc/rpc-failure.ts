import { AxiosResponse } from 'axios';
import { isRecord, JsonRecord } from '@bridgecore/contracts';
import { refusalOf } from '../odoo-answer';
import { OdooFailure, OdooTrouble } from '../odoo-failure';

/** Odoo's exceptions, by their Python names (`odoo-wire/README.md` §7): the same over both transports. */
const TROUBLES: readonly (readonly [RegExp, OdooTrouble])[] = [
  [/^odoo\.exceptions\.AccessDenied$|\.Unauthorized$/, 'denied'],
  [/^odoo\.exceptions\.AccessError$|\.Forbidden$/, 'access'],
  [/^odoo\.exceptions\.MissingError$/, 'missing'],
  [
    /^psycopg2\..*(Violation|IntegrityError|DataError|Invalid|OutOfRange|Truncation|Overflow|Undefined|Programming)/,
    'validation',
  ],
  // Two transactions met, or the database was away for a moment: the same call may succeed.
  [/^(psycopg2|odoo\.sql_db)\.|ConcurrencyError|^builtins\.MemoryError$/, 'failed'],
  [/\.TooManyRequests$|\.ServiceUnavailable$/, 'failed'],
  // The rest is about what we have sent; a bug of an addon that only one record meets is not distinguished.
  [/./, 'validation'],
];

const NO_DATABASE = /database ".*" does not exist/;

/** An error object of Odoo's, whether it stood in `error.data` or was the whole body. */
export function rpcFailure(system: string, { name, message }: JsonRecord): OdooFailure {
  const text = typeof message === 'string' ? message.trim().slice(0, 1_000) : '';
  const exception = typeof name === 'string' ? name : '';
  if (NO_DATABASE.test(text)) {
    return new OdooFailure('denied', `${system}: ${text}. Check ODOO_DB, or db in SYSTEMS_FILE`);
  }
  const [, trouble] = TROUBLES.find(([pattern]) => pattern.test(exception)) ?? ['', 'refused' as const];
  if (trouble === 'denied') return denied(system, text);
  return new OdooFailure(trouble, text === '' ? `${system} failed with ${exception}` : text);
}

/** The user or the key is not taken. */
export function denied(system: string, reason: string): OdooFailure {
  const hint =
    'Check its RPC user and API key (ODOO_USERNAME and ODOO_API_KEY, or username and api_key in SYSTEMS_FILE)';
  return new OdooFailure('denied', `${system} refuses the credentials for RPC: ${reason}. ${hint}`);
}

/** An answer by its HTTP status: overload and proxies; what has Odoo's own error in it is told by that. */
export function httpFailure(system: string, url: string, response: AxiosResponse, json: unknown): OdooFailure {
  const { status } = response;
  const isOverload = status === 429 || status >= 502;
  if (!isOverload && isRecord(json) && typeof json['name'] === 'string') return rpcFailure(system, json);
  if (status === 401 || status === 403) return denied(system, `${url} answered ${status}`);
  if (isOverload || status >= 500 || status === 413) return refusalOf(url, response);
  return new OdooFailure(
    'refused',
    `${system}: ${url} answered ${status} instead of RPC. Check that it is the root of an Odoo`,
  );
}
