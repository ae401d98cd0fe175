import { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

/** A connection on which nothing was asked may wait so long for its first request when all others are done. */
const SILENT_MS = 5_000;

const LOOK_MS = 50;

/** Who goes on sending new connections all the time has to be refused some day. */
const LAST_CALL_MS = 500;

/** A request that is not answered yet. */
interface Asked {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly since: number;
}

/** The connections of a server that is to end without cutting a request off. Made before the server listens. */
export class Connections {
  private readonly sockets = new Set<Socket>();
  private readonly asked = new Map<ServerResponse, Asked>();
  private areLast = false;
  /** Connections and requests so far. */
  private arrivals = 0;

  constructor(
    private readonly server: Server,
    private readonly silentMs = SILENT_MS,
  ) {
    server.on('connection', (socket) => {
      this.arrivals += 1;
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    const take = this.take.bind(this);
    for (const event of ['request', 'checkExpectation']) server.prependListener(event, take); // before it is answered
  }

  /** From now on each connection is closed with its next answer, which says so: whoever asks there connects anew. */
  letGo(): void {
    this.areLast = true;
    for (const { res } of this.asked.values()) res.shouldKeepAlive = false;
  }

  /** Names what is under way, for the log. */
  inHand(): string[] {
    const { size } = this.asked;
    return size === 0 ? [] : [`${size} request${size === 1 ? '' : 's'}`];
  }

  /**
   * Stops listening, answers what is under way, also what is still arriving, and resolves when every connection is closed.
   * What has reached this machine is read before anything is closed: a connection is idle only if nothing was found on
   * it. What a request may take from its first byte to its last is bounded as always, which Node does no longer then.
   */
  async end(): Promise<void> {
    this.letGo();
    await this.takeWhatHasCome();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    const silentUntil = performance.now() + this.silentMs;
    const look = setInterval(() => {
      this.endLateRequests();
      setImmediate(() => this.closeIdle(silentUntil)); // right after all that has come was read
    }, LOOK_MS);
    await closed;
    clearInterval(look);
  }

  /** A turn of the event loop takes one new connection, and the next reads what was sent on it. */
  private async takeWhatHasCome(): Promise<void> {
    const lastCall = performance.now() + LAST_CALL_MS;
    let before: number;
    do {
      before = this.arrivals;
      await turn();
      await turn();
    } while (this.arrivals > before && performance.now() < lastCall);
  }

  private take(req: IncomingMessage, res: ServerResponse): void {
    this.arrivals += 1;
    this.asked.set(res, { req, res, since: performance.now() });
    res.once('close', () => this.asked.delete(res));
    if (this.areLast) res.shouldKeepAlive = false;
  }

  private endLateRequests(): void {
    for (const { req, since } of this.asked.values()) {
      if (req.complete || performance.now() - since < this.server.requestTimeout) continue;
      const late = Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
      this.server.emit('clientError', late, req.socket);
    }
  }

  private closeIdle(silentUntil: number): void {
    this.server.closeIdleConnections();
    if (performance.now() < silentUntil) return;
    const busy = new Set([...this.asked.values()].map(({ req }) => req.socket));
    for (const socket of this.sockets) if (!busy.has(socket)) socket.destroy(); // Node does not call those idle
  }
}
