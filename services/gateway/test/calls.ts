import { connect, Socket } from 'node:net';
import { isRecord, JsonRecord } from '@bridgecore/contracts';
import { RECEIVE } from '../src/push-route';
import { PUSH_KEY } from './test-keys';

/** An answer with its body read; what is not a JSON object is a failure of the test. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: JsonRecord;
}

type Init = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> };

/** Any request; its answer must be JSON. */
export async function call(url: string, init: Init = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const body: unknown = text === '' ? {} : JSON.parse(text);
  if (!isRecord(body)) throw new Error(`the answer is not a JSON object: ${text.slice(0, 100)}`);
  return { status: response.status, headers: response.headers, body };
}

export const get = (url: string, key?: string): Promise<Answer> =>
  call(url, key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } });

/** A push as Odoo sends it; `headers` replace or add to its own. */
export function push({ url }: { url: string }, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return call(url + RECEIVE, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${PUSH_KEY}`, ...headers },
    body: isSendable(body) ? body : JSON.stringify(body),
    duplex: 'half',
  });
}

function isSendable(body: unknown): body is string {
  return typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream;
}

/** A push of unknown length: the body comes in chunks, after so many blanks. */
export function pushStream(gateway: { url: string }, blanks: number): Promise<Answer> {
  const encoder = new TextEncoder();
  const piece = encoder.encode(' '.repeat(64 * 1024));
  let left = blanks;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (left > 0) controller.enqueue(piece);
      else controller.enqueue(encoder.encode(JSON.stringify(flat())));
      if (left <= 0) controller.close();
      left -= piece.length;
    },
  });
  return push(gateway, body);
}

/** A connection whose bytes the test writes itself; `received` is all that came back. */
export interface RawConnection {
  readonly socket: Socket;
  readonly received: () => string;
  /** Resolves when the other side has closed, or the connection broke. */
  readonly closed: Promise<void>;
}

export function openRaw(url: string): RawConnection {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return { socket, received: () => text, closed };
}

/** The headers of a push up to the empty line, with these lines added. */
export function pushHead(...lines: string[]): string {
  const head = [`POST ${RECEIVE} HTTP/1.1`, 'Host: gateway', 'Content-Type: application/json', ...lines];
  return `${head.join('\r\n')}\r\n\r\n`;
}

export const AUTHORIZED = `Authorization: Bearer ${PUSH_KEY}`;

/** A flat push that nothing is wrong with. */
export function flat(different: JsonRecord = {}): JsonRecord {
  return { model: 'res.partner', record_id: 7, event: 'write', event_id: 42, data: { name: 'Azure' }, ...different };
}

/** The same as a text, for members that no object can have. */
export const flatText = (members: string): string => `{"model":"res.partner","record_id":7,"event":"write",${members}}`;
