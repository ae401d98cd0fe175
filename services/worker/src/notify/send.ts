import { Readable } from 'node:stream';
import { create } from 'axios';
import { retryAfterOf } from '@bridgecore/runtime';
import { ADDRESS_REFUSED, Connections } from './connect';

/** What is sent. */
export interface Message {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What came of sending: `delivered` is a 2xx; anything else is tried again. */
export interface Sent {
  readonly outcome: 'delivered' | 'refused' | 'redirected' | 'timeout' | 'unreachable' | 'address_refused';
  readonly status?: number;
  /** Why it was not delivered; without anything of the URL but its host. */
  readonly error?: string;
  /** What was read of the answer, as text. */
  readonly answer?: string;
  /** How long the receiver has asked to be left alone. */
  readonly retryAfterMs?: number;
}

/** Sends a message once. It does not throw: what goes wrong is an outcome. */
export type Send = (message: Message) => Promise<Sent>;

const ANSWER_BYTES = 2_048;
const MAX_RETRY_AFTER_SECONDS = 86_400;

/**
 * The only place that knows axios. Its own time-out is one of silence, so the limit is a signal: it covers everything from the
 * look-up of the name to the last byte that is read of the answer. An answer is never unpacked, and never read to its end when
 * that is long.
 */
export function createSend({ httpAgent, httpsAgent }: Connections, timeoutMs: number, userAgent: string): Send {
  const http = create({
    ...{ httpAgent, httpsAgent, proxy: false, maxRedirects: 0, decompress: false, responseType: 'stream' },
    ...{ maxBodyLength: Infinity, validateStatus: () => true },
    transformRequest: (body: unknown) => body, // byte by byte what was signed
    headers: {
      'content-type': 'application/json',
      'user-agent': userAgent,
      accept: '*/*',
      'accept-encoding': 'identity',
    },
  });
  const once = async ({ url, headers, body }: Message, bound: AbortSignal, seen: Seen): Promise<void> => {
    const { status, headers: answered, data } = await http.post<Readable>(url, body, { headers, signal: bound });
    Object.assign(seen, { status, retryAfter: answered['retry-after'] as unknown });
    seen.answer = await beginningOf(data);
  };
  return async (message) => {
    const bound = new AbortController();
    const timer = setTimeout(() => bound.abort(), timeoutMs);
    const seen: Seen = {};
    try {
      await once(message, bound.signal, seen).catch((error: unknown) => {
        if (seen.status !== undefined || !isStale(error)) throw error;
        return once(message, bound.signal, seen);
      });
      return answeredBy(seen);
    } catch (error) {
      if (bound.signal.aborted)
        return { ...seenOf(seen), outcome: 'timeout', error: `no whole answer in ${timeoutMs} ms` };
      return { ...seenOf(seen), ...failureOf(error) };
    } finally {
      clearTimeout(timer);
    }
  };
}

/** What has come of an answer, while it comes. */
interface Seen {
  status?: number;
  retryAfter?: unknown;
  answer?: string;
}

/** Leaving the loop destroys the stream, and with it the connection. */
async function beginningOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString('utf8');
}

/** A connection that was kept may have been closed by the other side at the very moment; it says nothing of the receiver. */
function isStale(error: unknown): boolean {
  const { code, request } = error as { code?: unknown; request?: { reusedSocket?: unknown } };
  return (code === 'ECONNRESET' || code === 'EPIPE') && request?.reusedSocket === true;
}

function answeredBy(seen: Seen): Sent {
  const { status = 0 } = seen;
  if (status >= 200 && status < 300) return { ...seenOf(seen), outcome: 'delivered' };
  if (status >= 300 && status < 400) {
    return { ...seenOf(seen), outcome: 'redirected', error: `HTTP ${status}: a redirect, which is not followed` };
  }
  return { ...seenOf(seen), outcome: 'refused', error: `HTTP ${status}` };
}

function seenOf({ status, retryAfter, answer }: Seen): Omit<Sent, 'outcome'> {
  const seconds = retryAfterOf(retryAfter, MAX_RETRY_AFTER_SECONDS);
  return {
    ...(status === undefined ? {} : { status }),
    ...(answer === undefined ? {} : { answer }),
    ...(seconds === undefined ? {} : { retryAfterMs: seconds * 1_000 }),
  };
}

/** Of the error only its code and its text: it carries the whole request, with the signature and the body. */
function failureOf(error: unknown): Pick<Sent, 'outcome' | 'error'> {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  const text = (message || code || 'the connection was lost').slice(0, 500);
  if (code === ADDRESS_REFUSED) return { outcome: 'address_refused', error: text };
  return { outcome: 'unreachable', error: text };
}
