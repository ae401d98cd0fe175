import { BridgeError } from '@bridgecore/contracts';

/** What kept a call of Odoo from succeeding; what is done next rests on it. */
export type OdooTrouble =
  | 'unreachable' // no connection, or one that broke
  | 'timeout'
  | 'limited' // 429
  | 'overloaded' // 502, 503, 504: it or its proxy has too much to do
  | 'failed' // another 5xx, a 200 that has an `error`, or a conflict of transactions
  | 'too_large' // a body that would fill our memory
  | 'denied' // 401, 403, AccessDenied: the key or the user
  | 'access' // AccessError: the user has no right to the model or to the record
  | 'missing' // MissingError: the record is not there, or not any more
  | 'validation' // a business rule, a constraint, a value or a field that Odoo does not take
  | 'refused' // any other answer that is not what was asked for
  | 'open' // not asked at all: the breaker is open
  | 'aborted'; // broken off by us

const REFUSALS: ReadonlySet<OdooTrouble> = new Set(['denied', 'access', 'missing', 'validation', 'refused']);

/** A call of Odoo that failed, with what it failed by; it never holds an error of axios, which would carry the key. */
export class OdooFailure extends BridgeError {
  constructor(
    readonly trouble: OdooTrouble,
    message: string,
    retryAfterSeconds?: number,
  ) {
    const options = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
    super(REFUSALS.has(trouble) ? 'ODOO_REFUSED' : 'ODOO_UNAVAILABLE', message, options);
  }
}

/** True when the call failed by one of these. */
export function isTrouble(error: unknown, troubles: ReadonlySet<OdooTrouble>): error is OdooFailure {
  return error instanceof OdooFailure && troubles.has(error.trouble);
}
