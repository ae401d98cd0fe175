import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** One request of Python's `requests`, before redirects. */
export interface Outgoing {
  readonly method: 'HEAD' | 'POST' | 'GET';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Between two signs of life, as `requests` counts it. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What came back, or the way in which nothing did. */
export type Outcome =
  | { readonly kind: 'reply'; readonly status: number; readonly body: string }
  | { readonly kind: 'timeout' | 'refused' | 'dropped' | 'redirects' };

const MAX_REDIRECTS = 30;

/** Sends one request and follows redirects as `requests` does: after 301 to 303 as GET without the body. */
export async function exchange(outgoing: Outgoing): Promise<Outcome> {
  let current = outgoing;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
    const { outcome, location } = await exchangeOnce(current);
    if (location === undefined || outcome.kind !== 'reply' || current.method === 'HEAD') return outcome;
    current = redirected(current, outcome.status, location);
  }
  return { kind: 'redirects' };
}

function redirected(from: Outgoing, status: number, location: string): Outgoing {
  const url = new URL(location, from.url);
  const headers = Object.entries(from.headers).filter(
    ([name]) => name !== 'Authorization' || url.host === from.url.host,
  );
  if (status >= 307) return { ...from, url, headers: Object.fromEntries(headers) };
  const bare = headers.filter(([name]) => name !== 'Content-Type');
  return { ...from, url, method: 'GET', body: '', headers: Object.fromEntries(bare) };
}

interface Answer {
  readonly outcome: Outcome;
  readonly location?: string | undefined;
}

function exchangeOnce(outgoing: Outgoing): Promise<Answer> {
  return new Promise((resolve) => {
    const request = start(outgoing);
    request.setTimeout(outgoing.timeoutMs, () => {
      resolve({ outcome: { kind: 'timeout' } });
      request.destroy();
    });
    request.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ outcome: { kind: error.code === 'ECONNREFUSED' ? 'refused' : 'dropped' } }),
    );
    request.on('response', (response) => {
      read(response).then(
        (body) => {
          const redirect = [301, 302, 303, 307, 308].includes(response.statusCode ?? 0);
          const outcome = { kind: 'reply', status: response.statusCode ?? 0, body } as const;
          resolve({ outcome, location: redirect ? response.headers.location : undefined });
          request.destroy(); // every push of `requests` has a connection of its own
        },
        () => resolve({ outcome: { kind: 'dropped' } }),
      );
    });
    request.end(outgoing.body);
  });
}

function start({ method, url, headers, body, signal }: Outgoing): ClientRequest {
  const length = body === '' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const options = { method, signal, agent: false as const, headers: { Host: url.host, ...headers, ...length } };
  return url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options);
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** What `requests` sends with everything, in its order. */
export function requestsHeaders(userAgent: string): Record<string, string> {
  return { 'User-Agent': userAgent, 'Accept-Encoding': 'gzip, deflate', Accept: '*/*', Connection: 'keep-alive' };
}
