import { randomUUID } from 'node:crypto';
import { createServer, RequestListener, Server, ServerResponse, STATUS_CODES } from 'node:http';
import { Duplex } from 'node:stream';
import { Log } from '@bridgecore/runtime';
import { PROBLEM_TYPE, problemJson } from './problem';

/** How long a connection may take for what. */
export interface ConnectionTimes {
  /** From the first byte of a request to its last: a body that trickles in does not hold a connection for ever. */
  readonly requestMs?: number;
  readonly checkEveryMs?: number;
}

/** A proxy in front closes first (they keep connections for 60 s), so that it never sends into one that is closing. */
const KEEP_ALIVE_MS = 75_000;

/** An HTTP server that answers in problem+json also what never becomes a request. */
export function createHttpServer(
  app: RequestListener,
  log: Log,
  { requestMs = 30_000, checkEveryMs = 5_000 }: ConnectionTimes = {},
): Server {
  const server = createServer(
    {
      requestTimeout: requestMs,
      headersTimeout: Math.min(requestMs, 10_000),
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: checkEveryMs,
      requireHostHeader: false, // nothing here depends on it, and Node would answer with an empty 400
    },
    app,
  );
  server.on('checkExpectation', app); // an `Expect` that nobody knows is no reason for an empty 417
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    refuse(error.code ?? '', socket, log);
  });
  return server;
}

const REFUSALS: Record<string, [status: number, code: string, detail: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'REQUEST_TIMEOUT', 'The request was not complete in time.'],
  HPE_HEADER_OVERFLOW: [431, 'HEADERS_TOO_LARGE', 'The headers are larger than is taken here (16 KiB in all).'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'BODY_TOO_LARGE', 'The chunk extensions are larger than is taken here.'],
};
const MALFORMED = [400, 'REQUEST_INVALID', 'This is not a valid HTTP/1.1 request.'] as const;

/** Answers what cannot be read, unless an answer is on its way already, and closes the connection. */
function refuse(cause: string, socket: Duplex & { _httpMessage?: ServerResponse | null }, log: Log): void {
  const [status, code, detail] = REFUSALS[cause] ?? MALFORMED;
  if (!socket.writable || cause === 'ECONNRESET' || socket._httpMessage?.headersSent === true) {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const body = problemJson({ status, code, detail, requestId });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  log.info('request.refused', { status, outcome: code, correlation_id: requestId, cause });
}
