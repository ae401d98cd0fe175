import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';

/** One request, and what breaks it off. */
export interface HttpRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

/** An answer as it came. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** Asks by Node's own client: `fetch` refuses some ports that a gateway may well be mapped to, as 6000 or 10080. No redirect is followed, so a key goes nowhere else. */
export async function ask(url: string, { method, headers, body, signal }: HttpRequest): Promise<HttpAnswer> {
  const send = url.startsWith('https:') ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sized = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const request = send(url, { method, headers: { ...headers, ...sized }, signal, agent: false }, (response) => {
      text(response).then((read) => resolve({ status: response.statusCode ?? 0, text: read }), reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}
