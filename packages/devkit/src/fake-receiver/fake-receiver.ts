import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { closeServer, listen } from '../fake-odoo/http-server';
import { type Random, seeded } from '../fake-odoo/random';
import { freePort } from '../stack/free-port';
import { type Behaviour, nextConduct, OK } from './behaviour';
import { conduct } from './conduct';
import { handleControl, isControl } from './control';
import { Deliveries, type DeliveredBody, type Received, type ReceiverCounts } from './deliveries';

/** What a receiver knows and does when it begins. */
export interface FakeReceiverOptions {
  /** Any of them verifies a delivery. */
  readonly secrets: readonly string[];
  readonly behaviour?: Behaviour;
  /** Of what is left to chance. */
  readonly seed?: number;
  /** Told of each delivery before the answer that accepts it. */
  readonly onAccepted?: (delivery: Received) => void;
}

const PATH = '/webhooks';

/**
 * Somebody's application that takes notifications as Standard Webhooks says: verifies each with the package of the
 * standard, keeps what it accepted, and is broken on demand. It can be killed, and come back on its port.
 */
export class FakeReceiver {
  behaviour: Behaviour;
  private readonly deliveries = new Deliveries();
  private readonly random: Random;
  private readonly onAccepted: (delivery: Received) => void;
  private verifiers: readonly Webhook[] = [];
  private server: Server | undefined;
  private port = 0;

  constructor({ secrets, behaviour = OK, seed = 1, onAccepted = () => undefined }: FakeReceiverOptions) {
    this.behaviour = behaviour;
    this.random = seeded(seed);
    this.onAccepted = onAccepted;
    this.setSecrets(secrets);
  }

  /** Starts serving on loopback; resolves with its address. Without a port it takes one that nobody else is given. */
  async listen(port?: number): Promise<string> {
    this.port = port ?? (await freePort());
    await this.revive();
    return this.url;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}${PATH}`;
  }

  setSecrets(secrets: readonly string[]): void {
    this.verifiers = secrets.map((secret) => new Webhook(secret));
  }

  /** Closes the port and breaks every connection, as if its process were killed. What it has accepted, it keeps. */
  async kill(): Promise<void> {
    if (this.server !== undefined) await closeServer(this.server);
    this.server = undefined;
  }

  /** Serves again on the same port. */
  async revive(): Promise<void> {
    if (this.server !== undefined) return;
    const server = createServer((request, response) => {
      this.serve(request, response).catch(() => request.socket.destroy());
    });
    await listen(server, this.port, '127.0.0.1');
    this.server = server;
  }

  async close(): Promise<void> {
    await this.kill();
  }

  /** Everything that verified, also what was not accepted, in the order of arrival. */
  get received(): readonly Received[] {
    return this.deliveries.received;
  }

  /** What was accepted, in this order, repeats included. */
  get accepted(): readonly Received[] {
    return this.deliveries.accepted;
  }

  /** What was accepted, each `webhook-id` once, at its first acceptance. */
  get distinct(): readonly Received[] {
    return this.deliveries.distinct;
  }

  /** Why requests did not verify. */
  get unverified(): readonly string[] {
    return this.deliveries.unverified;
  }

  get counts(): ReceiverCounts {
    return this.deliveries.counts;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (isControl(request)) {
      handleControl(this, request, response, await readBody(request));
      return;
    }
    this.deliveries.requests += 1;
    this.deliveries.open += 1;
    response.once('close', () => (this.deliveries.open -= 1));
    const delivery = this.verify(request.headers, await readBody(request));
    if (delivery === undefined) {
      response.writeHead(401).end();
      return;
    }
    this.deliveries.received.push(delivery);
    conduct(nextConduct(this.behaviour, this.random), request, response, () => {
      this.onAccepted(delivery);
      this.deliveries.accept(delivery);
    });
  }

  private verify(given: IncomingMessage['headers'], text: string): Received | undefined {
    const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));
    const problems: string[] = [];
    for (const verifier of this.verifiers) {
      try {
        const body = verifier.verify(text, headers) as DeliveredBody;
        const { 'webhook-id': id = '', 'webhook-timestamp': at, 'webhook-signature': signature = '' } = headers;
        return { id, timestamp: Number(at), arrivedAt: performance.now(), signature, headers, body };
      } catch (error) {
        problems.push(error instanceof Error ? error.message : String(error));
      }
    }
    this.deliveries.unverified.push(problems.at(-1) ?? 'no secret is known here');
    return undefined;
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
