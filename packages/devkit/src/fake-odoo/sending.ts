import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Fault } from './faults';
import { NOT_JSON, overloaded } from './pages';

/** Lets the fault happen; the status of the answer, 0 without one, undefined when the request goes on as usual. */
export function spoil(request: IncomingMessage, response: ServerResponse, fault: Fault): number | undefined {
  if (fault.hang === true) return 0;
  if (fault.reset === true) {
    request.socket.resetAndDestroy();
    return 0;
  }
  const html = { 'Content-Type': 'text/html' };
  if (fault.status !== undefined) {
    const retry = fault.retryAfter === undefined ? {} : { 'Retry-After': String(fault.retryAfter) };
    return send(response, { ...html, ...retry }, { status: fault.status, body: overloaded(fault.status) });
  }
  return fault.notJson === true ? send(response, html, { status: 200, body: NOT_JSON }) : undefined;
}

/** Odoo's threaded server closes the connection after every answer. */
export function send(
  response: ServerResponse,
  headers: Record<string, string | string[]>,
  { status, body }: { readonly status: number; readonly body: string },
): number {
  const length = status === 204 ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...headers, ...length, Connection: 'close' });
  response.end(body);
  return status;
}
