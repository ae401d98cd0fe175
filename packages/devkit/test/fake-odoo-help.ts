import { readFileSync } from 'node:fs';
import { createServer, request, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** The text of a capture, copied from `odoo-wire/`. */
export function captureText(name: string): string {
  return readFileSync(join(__dirname, '../../../contracts/test/fixtures/odoo-wire', `${name}.json`), 'utf8');
}

/** A capture as the test describes it: the type says which members the test reads. */
export function capture<Shape>(name: string): Shape {
  return JSON.parse(captureText(name)) as Shape;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

/** One request with exactly these headers; `fetch` would add its own. */
export function ask(
  url: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode: status = 0, headers: got, rawHeaders } = response;
        resolve({ status, headers: got, rawHeaders, body: Buffer.concat(chunks).toString('utf8') });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

export interface Received {
  readonly method: string;
  readonly path: string;
  /** In the order and spelling of the wire. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** How a receiver answers: with this, by dropping the connection, or never. */
export type Reply =
  { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> } | 'drop' | 'hang';

/** A subscriber that records what it gets and answers as told. */
export class Receiver {
  readonly received: Received[] = [];
  reply: Reply | ((received: Received) => Reply) = { status: 200, body: '{"success": true}' };
  private readonly server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url: path = '', rawHeaders } = incoming;
      const received = { method, path, headers: inPairs(rawHeaders), body: Buffer.concat(chunks).toString('utf8') };
      this.received.push(received);
      this.answer(typeof this.reply === 'function' ? this.reply(received) : this.reply, response);
    });
  });

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/api/v1/webhooks/receive`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private answer(reply: Reply, response: ServerResponse): void {
    if (reply === 'hang') return;
    if (reply === 'drop') {
      response.destroy();
      return;
    }
    response.writeHead(reply.status, reply.headers).end(reply.body);
  }
}

function inPairs(raw: readonly string[]): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index] ?? '', raw[2 * index + 1] ?? '']);
}

/** A clock that stands until it is set. */
export class Clock {
  constructor(public time = new Date('2026-11-23T06:22:00.000Z')) {}

  readonly now = (): Date => this.time;

  /** `2026-11-23T06:24:18`, naive UTC as Odoo writes it. */
  set(naive: string): void {
    this.time = new Date(`${naive}Z`);
  }

  forward(ms: number): void {
    this.time = new Date(this.time.getTime() + ms);
  }
}
