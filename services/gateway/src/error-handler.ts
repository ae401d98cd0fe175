import { STATUS_CODES } from 'node:http';
import { ErrorRequestHandler, RequestHandler } from 'express';
import { BridgeError, FailureCode } from '@bridgecore/contracts';
import { locals } from './locals';

/** Nothing is served at this path. */
export const notFound: RequestHandler = (req) => {
  throw new BridgeError('NOT_FOUND', `There is nothing at ${req.path.slice(0, 200)}.`);
};

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
export const errorHandler: ErrorRequestHandler = (thrown: unknown, _req, res, next) => {
  if (res.headersSent) {
    next(thrown);
    return;
  }
  const failure = thrown instanceof BridgeError ? thrown : fromBodyParser(thrown);
  const { requestId } = locals(res);
  locals(res).failure = { code: failure?.code ?? 'INTERNAL', ...logged(thrown, failure) };
  const status = failure?.status ?? 500;
  if (status === 401) res.set('WWW-Authenticate', 'Bearer realm="bridgecore"');
  if (status === 413) res.set('Connection', 'close'); // the rest of the body is not waited for
  if (failure?.retryAfterSeconds !== undefined) res.set('Retry-After', String(failure.retryAfterSeconds));
  res
    .status(status)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: 'about:blank',
        title: STATUS_CODES[status],
        status,
        detail: failure?.message ?? 'Something went wrong here. The log has it under this request id.',
        code: failure?.code ?? 'INTERNAL',
        request_id: requestId,
        ...(failure === undefined || failure.errors.length === 0 ? {} : { errors: failure.errors.slice(0, 20) }),
      }),
    );
};

/** A refusal needs no error in the log, its code says it; what is ours to mend does. */
function logged(thrown: unknown, failure: BridgeError | undefined): { error?: unknown } {
  return failure === undefined || failure.status >= 500 ? { error: thrown } : {};
}

/** The failures of Express' body reader that are the sender's, by its `type`. */
const BODY_FAILURES: Record<string, [FailureCode, string]> = {
  'entity.too.large': ['BODY_TOO_LARGE', 'The body is larger than is taken here'],
  'encoding.unsupported': [
    'UNSUPPORTED_MEDIA_TYPE',
    'This Content-Encoding is not supported: send gzip, deflate or none',
  ],
  'request.aborted': ['BODY_INCOMPLETE', 'The body ended early'],
  'request.size.invalid': ['BODY_INCOMPLETE', 'The body is not as long as Content-Length says'],
};

function fromBodyParser(thrown: unknown): BridgeError | undefined {
  const { type, status, limit } = (thrown ?? {}) as { type?: unknown; status?: unknown; limit?: unknown };
  const [code, detail] = BODY_FAILURES[String(type)] ?? [];
  if (code !== undefined)
    return new BridgeError(code, `${detail}${typeof limit === 'number' ? ` (${limit} bytes)` : ''}.`);
  if (status === 400)
    return new BridgeError('BODY_INCOMPLETE', 'The request cannot be read as its headers describe it.');
  return undefined;
}
