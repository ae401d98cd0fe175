import { connect, createServer, type Socket } from 'node:net';
import { freePort } from '../stack/free-port';

/** A line to one or several programs on loopback that can be cut; several take turns, as behind a load balancer. */
export class Link {
  private readonly server = createServer((socket) => {
    this.take(socket);
  });
  private readonly sockets = new Set<Socket>();
  private state: 'open' | 'cut' | 'hanging' = 'open';
  private turn = 0;

  constructor(private readonly targets: readonly number[]) {}

  /** Resolves with the port. */
  async listen(): Promise<number> {
    const port = await freePort();
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    return port;
  }

  /** Breaks every connection and refuses new ones. */
  cut(): void {
    this.state = 'cut';
    this.drop();
  }

  /** Connections stay and new ones are taken; nothing comes through any more. */
  hang(): void {
    this.state = 'hanging';
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  /** What hung is broken, as by a time-out of TCP; new connections go through. */
  heal(): void {
    if (this.state !== 'open') this.drop();
    this.state = 'open';
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.drop();
    await closed;
  }

  private take(socket: Socket): void {
    this.hold(socket);
    if (this.state === 'cut') socket.destroy();
    if (this.state === 'open') this.forward(socket, this.targets.length);
  }

  /** To the next program in turn; one that refuses is passed over. */
  private forward(socket: Socket, tries: number): void {
    const port = this.targets[this.turn++ % this.targets.length];
    if (tries === 0 || port === undefined) {
      socket.destroy();
      return;
    }
    const onward = connect(port, '127.0.0.1');
    let isThrough = false;
    this.hold(onward);
    onward.once('connect', () => {
      isThrough = true;
      socket.pipe(onward).pipe(socket);
      socket.once('close', () => onward.destroy());
    });
    onward.once('close', () => {
      if (isThrough) socket.destroy();
      else if (!socket.destroyed) this.forward(socket, tries - 1);
    });
  }

  private hold(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined); // it closes, which is all that matters
    socket.once('close', () => this.sockets.delete(socket));
  }

  private drop(): void {
    for (const socket of this.sockets) socket.destroy();
  }
}
