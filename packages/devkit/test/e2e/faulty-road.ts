import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What a request may meet: `busy`, a 503 that says when to come again; `limited`, a 429 that does; `broken`, what a proxy says whose
 * server has gone; `cut`, a connection that ends at once; `lost`, one that ends when the answer is there; `stale`, a 401; `held`, no
 * answer at all.
 */
export type Accident = 'none' | 'busy' | 'limited' | 'broken' | 'cut' | 'lost' | 'stale' | 'held';

/** What came along, and when by `performance.now()`. */
export interface Passed {
  readonly at: number;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly met: Accident;
}

/** In whole seconds, and longer than a first pause would be without it. */
export const RETRY_AFTER_SECONDS = 2;

/** Between one who calls and what is called: the next requests meet these accidents, and all others none. */
export class FaultyRoad {
  readonly passed: Passed[] = [];
  private readonly server = createServer((req, res) => {
    this.meet(req, res);
  });
  private accidents: Accident[] = [];

  constructor(private readonly target: string) {}

  /** The address to call; the same one every time. */
  async open(): Promise<string> {
    if (!this.server.listening) await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What the next requests meet, one each. */
  plan(...accidents: readonly Accident[]): void {
    this.accidents = [...accidents];
  }

  /** Whether somebody has met all that was planned. */
  get isOver(): boolean {
    return this.accidents.length === 0;
  }

  /** Milliseconds from each request that has met this to the next one. */
  pausesAfter(accident: Accident): number[] {
    return this.passed.flatMap(({ met, at }, index) => {
      const next = this.passed[index + 1];
      return met === accident && next !== undefined ? [next.at - at] : [];
    });
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private meet(req: IncomingMessage, res: ServerResponse): void {
    const met = this.accidents.shift() ?? 'none';
    this.passed.push({ at: performance.now(), path: req.url ?? '', headers: req.headers, met });
    req.on('error', () => undefined);
    if (met === 'held') return;
    if (met === 'cut') req.socket.resetAndDestroy();
    else if (met === 'none' || met === 'lost') this.forward(req, res, met === 'lost');
    else refuse(res, met);
  }

  private forward(req: IncomingMessage, res: ServerResponse, isLost: boolean): void {
    const url = new URL(req.url ?? '', this.target);
    const onward = request(url, { method: req.method, headers: { ...req.headers, connection: 'close' } }, (answer) => {
      if (isLost) {
        answer.resume().once('end', () => req.socket.resetAndDestroy());
        return;
      }
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    onward.once('error', () => req.socket.resetAndDestroy());
    req.pipe(onward);
  }
}

function refuse(res: ServerResponse, met: Exclude<Accident, 'none' | 'cut' | 'lost' | 'held'>): void {
  const status = { busy: 503, limited: 429, broken: 502, stale: 401 }[met];
  const isTimed = met === 'busy' || met === 'limited';
  const type = met === 'broken' ? 'text/html' : 'application/problem+json';
  const code = met === 'stale' ? 'AUTHENTICATION_REQUIRED' : 'CONSUMERS_BUSY';
  const body = met === 'broken' ? '<h1>Bad Gateway</h1>' : JSON.stringify({ status, code, detail: 'as planned' });
  res.writeHead(status, { 'content-type': type, ...(isTimed ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {}) });
  res.end(body);
}
