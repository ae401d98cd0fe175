import { connect, createServer, type Socket } from 'node:net';
import { freePort } from '../../src/stack/free-port';

const PROBE_EVERY_MS = 200;
/** A change has to go from the probe through the control plane to every node. */
const NOTICE_AFTER_MS = 400;

interface Backend {
  readonly port: number;
  isReady: boolean;
}

/**
 * What Kubernetes puts in front of pods: new connections go in turn to those that said lately that they are ready, and
 * existing ones stay where they are. It knows nothing of requests, and tries no connection twice.
 */
export class LoadBalancer {
  private readonly server = createServer({ allowHalfOpen: true }, (socket) => {
    this.forward(socket);
  });
  private readonly sockets = new Set<Socket>();
  private readonly backends: Backend[] = [];
  private readonly probes: NodeJS.Timeout;
  private turn = 0;

  constructor() {
    this.probes = setInterval(() => {
      for (const backend of this.backends) void this.probe(backend);
    }, PROBE_EVERY_MS);
  }

  async listen(): Promise<number> {
    const port = await freePort();
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    return port;
  }

  add(port: number): void {
    this.backends.push({ port, isReady: false });
  }

  /** The ports to which new connections go. */
  ready(): number[] {
    return this.backends.filter(({ isReady }) => isReady).map(({ port }) => port);
  }

  async close(): Promise<void> {
    clearInterval(this.probes);
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private async probe(backend: Backend): Promise<void> {
    const isReady = await answersReady(backend.port);
    if (isReady === backend.isReady || isReady === null) return;
    setTimeout(() => {
      backend.isReady = isReady;
    }, NOTICE_AFTER_MS).unref();
  }

  private forward(socket: Socket): void {
    this.hold(socket);
    const ports = this.ready();
    const port = ports[this.turn++ % ports.length];
    if (port === undefined) {
      socket.resetAndDestroy();
      return;
    }
    const onward = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.hold(onward);
    socket.pipe(onward).pipe(socket);
    onward.once('error', () => socket.resetAndDestroy()); // refused, or cut off
    onward.once('close', () => socket.end());
    socket.once('close', () => onward.destroy());
  }

  private hold(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined); // it closes, which is all that matters
    socket.once('close', () => this.sockets.delete(socket));
  }
}

/** Null when it is too busy to say: Kubernetes asks several times before it believes that. */
async function answersReady(port: number): Promise<boolean | null> {
  try {
    const signal = AbortSignal.timeout(5_000);
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal, headers: { connection: 'close' } });
    await answer.text();
    return answer.ok;
  } catch (error) {
    return (error as Error).name === 'TimeoutError' ? null : false;
  }
}
