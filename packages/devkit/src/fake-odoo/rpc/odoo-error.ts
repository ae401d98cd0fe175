import type { Json, JsonObject } from '../json-write';

/** What a violated column constraint says to `load`, which reads the database's error and not Odoo's. */
export interface SqlProblem {
  readonly field: string;
  readonly message: string;
}

/** An exception of Odoo or of its Python, as both transports spell it (README §7). */
export class OdooError extends Error {
  override readonly name = 'OdooError';

  constructor(
    /** `odoo.exceptions.ValidationError`, `builtins.ValueError`. */
    readonly kind: string,
    message: string,
    /** What JSON-2 answers with. */
    readonly status: number,
    readonly extra: readonly Json[] = [],
    readonly sql?: SqlProblem,
  ) {
    super(message);
  }

  /** True for what Odoo means for people to read; `load` shows it as it stands. */
  get isUserError(): boolean {
    return this.kind.startsWith('odoo.exceptions.') && this.kind !== 'odoo.exceptions.AccessDenied';
  }
}

export function accessDenied(): OdooError {
  return new OdooError('odoo.exceptions.AccessDenied', 'Access Denied', 403);
}

export function accessError(message: string): OdooError {
  return new OdooError('odoo.exceptions.AccessError', message, 403);
}

export function missing(model: string, ids: readonly number[], uid: number): OdooError {
  const tuple = ids.length === 1 ? `${ids[0] ?? ''},` : ids.join(', ');
  const record = `(Record: ${model}(${tuple}), User: ${uid})`;
  return new OdooError('odoo.exceptions.MissingError', `Record does not exist or has been deleted.\n${record}`, 404);
}

export function userError(message: string): OdooError {
  return new OdooError('odoo.exceptions.UserError', message, 422);
}

export function validationError(message: string, sql?: SqlProblem): OdooError {
  return new OdooError('odoo.exceptions.ValidationError', message, 422, [], sql);
}

/** What Python itself raises: `ValueError`, `TypeError`, `KeyError`, `AttributeError`. */
export function pythonError(type: string, message: string): OdooError {
  return new OdooError(`builtins.${type}`, message, 500);
}

/** What werkzeug raises: its name, message and status, which is also the second of its arguments. */
export function httpError(name: string, message: string, status: number): OdooError {
  return new OdooError(`werkzeug.exceptions.${name}`, message, status, [status]);
}

/** `{name, message, arguments, context, debug}`: the body of JSON-2, and `data` of JSON-RPC. */
export function errorBody(error: OdooError): JsonObject {
  const { kind, message, extra } = error;
  const short = kind.startsWith('builtins.') ? kind.slice('builtins.'.length) : kind;
  const debug = `Traceback (most recent call last):\n  File "/usr/lib/python3/dist-packages/odoo/http.py"\n${short}: ${message}\n`;
  return { name: kind, message, arguments: [message, ...extra], context: {}, debug };
}
