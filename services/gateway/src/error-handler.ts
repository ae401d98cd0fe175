import { ErrorRequestHandler, RequestHandler } from 'express';
import { BridgeError, FailureCode } from '@bridgecore/contracts';
import { locals } from './locals';
import { PROBLEM_TYPE, problemJson, shortened } from './problem';
import { readOff } from './read-off';

/** Nothing is served at this path. */
export function notFound(hint?: string): RequestHandler {
  return (req) => {
    const text = `There is nothing at ${req.path.slice(0, 200)}.`;
    throw new BridgeError('NOT_FOUND', hint === undefined ? text : `${text} ${hint}`);
  };
}

/** The path is served, but not with this method. */
export function methodNotAllowed(allowed: string): RequestHandler {
  return (req, res) => {
    res.set('Allow', allowed);
    throw new BridgeError('METHOD_NOT_ALLOWED', `${req.method} is not served here; use ${allowed}.`);
  };
}

/**
 * Any failure → `application/problem+json` (RFC 9457). A failure with a name tells its own story; anything else is a
 * bug, of which the caller learns only the request's id.
 */
export const errorHandler: ErrorRequestHandler = async (thrown: unknown, req, res, next) => {
  if (res.headersSent) {
    next(thrown);
    return;
  }
  const failure = thrown instanceof BridgeError ? thrown : fromLibrary(thrown);
  const { status, code, message, errors, retryAfterSeconds } = failure ?? BUG;
  locals(res).failure = { code, ...logged(thrown, failure) };
  if (status === 401) res.set('WWW-Authenticate', 'Bearer realm="bridgecore"');
  if (retryAfterSeconds !== undefined) res.set('Retry-After', String(retryAfterSeconds));
  await readOff(req);
  if (!req.complete) res.set('Connection', 'close'); // what still comes is not a request
  const problem = problemJson({ status, code, detail: message, requestId: locals(res).requestId, errors });
  res.status(status).type(PROBLEM_TYPE).send(problem);
};

const BUG = {
  status: 500,
  code: 'INTERNAL',
  message: 'Something went wrong here. The log has it under this request id.',
  errors: [],
  retryAfterSeconds: undefined,
};

/** What the caller is told of these quotes the request: a path, a header. */
const QUOTING: ReadonlySet<FailureCode> = new Set(['NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE']);

/** Of a refusal the log tells what the caller was told (names and rules, no values); of what is ours to mend, the error. */
function logged(thrown: unknown, failure: BridgeError | undefined): { detail?: string; error?: unknown } {
  if (failure === undefined || failure.status >= 500) return { error: thrown };
  return QUOTING.has(failure.code) ? {} : { detail: shortened(failure.message, 300) };
}

/** The failures of Express and its body reader that are the sender's, by their `type`. */
const LIBRARY_FAILURES: Record<string, [FailureCode, string]> = {
  'entity.too.large': ['BODY_TOO_LARGE', 'The body is larger than is taken here'],
  'encoding.unsupported': [
    'UNSUPPORTED_MEDIA_TYPE',
    'This Content-Encoding is not supported: send gzip, deflate, br or none',
  ],
  'request.aborted': ['BODY_INCOMPLETE', 'The body ended early'],
  'request.size.invalid': ['BODY_INCOMPLETE', 'The body is not as long as Content-Length says'],
};

function fromLibrary(thrown: unknown): BridgeError | undefined {
  if (thrown instanceof URIError) return new BridgeError('QUERY_INVALID', 'The path is not valid percent-encoding.');
  const { type, status, limit } = (thrown ?? {}) as { type?: unknown; status?: unknown; limit?: unknown };
  const [code, detail] = LIBRARY_FAILURES[String(type)] ?? [];
  if (code !== undefined)
    return new BridgeError(code, `${detail}${typeof limit === 'number' ? ` (${limit} bytes)` : ''}.`);
  if (status === 400)
    return new BridgeError('BODY_INCOMPLETE', 'The body cannot be read as Content-Encoding and Content-Length say.');
  return undefined;
}
