import { createServer, IncomingHttpHeaders, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';

/** What a receiver was sent. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers the so-manieth request; 204 at once unless it says otherwise. */
export type Answer = (response: ServerResponse, request: Received, number: number) => void;

/** A real HTTP server that keeps what it is sent. */
export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly received: readonly Received[];
  /** How many connections were made. */
  readonly connections: number;
  answer: Answer;
  forget(): void;
  close(): Promise<void>;
}

export const fine: Answer = (response) => void response.writeHead(204).end();
export const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(code, headers).end('no');
/** Never answers. */
export const hang: Answer = () => {};

export async function openReceiver(answer: Answer = fine): Promise<Receiver> {
  const received: Received[] = [];
  const state = { answer, connections: 0, received };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() };
      received.push(one);
      state.answer(response, one, received.length);
    });
  });
  server.on('connection', () => (state.connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}/hook?token=hidden-in-url`,
    port,
    forget: () => void received.splice(0),
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}
