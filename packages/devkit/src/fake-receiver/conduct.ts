import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Conduct } from './behaviour';

const DRIP_MS = 25;
const FLOOD = Buffer.alloc(65_536, 'x');

/**
 * Answers a delivery as told. `accept` is called at most once, before the first byte of an answer that says so: what was
 * accepted may be sent again when the sender does not hear of it, but must never be missing.
 */
export function conduct(told: Conduct, request: IncomingMessage, response: ServerResponse, accept: () => void): void {
  switch (told.kind) {
    case 'ok':
      accept();
      response.end();
      return;
    case 'slow':
      later(response, told.ms, () => {
        accept();
        response.end();
      });
      return;
    case 'status':
      if (told.retryAfter !== undefined) response.setHeader('Retry-After', String(told.retryAfter));
      if (isSuccess(told.status)) accept();
      response.writeHead(told.status).end();
      return;
    case 'redirect':
      response.writeHead(told.status ?? 307, { Location: told.to }).end();
      return;
    case 'hang':
      return;
    case 'drop':
      request.socket.resetAndDestroy();
      return;
    case 'trickle':
      drip(told.part, request, response);
      return;
    case 'flood':
      if (isSuccess(told.status)) accept();
      pour(response.writeHead(told.status, { 'Content-Type': 'text/plain' }));
  }
}

const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** Unless the sender is gone by then. */
function later(response: ServerResponse, ms: number, act: () => void): void {
  const timer = setTimeout(act, ms);
  response.once('close', () => {
    clearTimeout(timer);
  });
}

/** Each byte comes soon enough for whoever only waits for the next one. */
function drip(part: 'head' | 'body', { socket }: IncomingMessage, response: ServerResponse): void {
  if (part === 'head') socket.write('HTTP/1.1 200 OK\r\nX-Slowly: ');
  else response.writeHead(200).flushHeaders();
  const write = (): boolean => (part === 'head' ? socket : response).write('x');
  const timer = setInterval(write, DRIP_MS);
  socket.once('close', () => {
    clearInterval(timer);
  });
}

function pour(response: ServerResponse): void {
  while (!response.destroyed && response.write(FLOOD)); // false: the sender does not read so fast
  if (!response.destroyed) response.once('drain', () => pour(response));
}
