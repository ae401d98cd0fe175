import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { PUSH_KEY, pushUrlOf } from './hub';

/** How a client pushes: over one connection that it keeps, over a new one each time, or so slowly that it takes a while. */
export type Manner = 'kept-alive' | 'one-each' | 'slow';

/** What came of a push at its only try: a status, or why there was none. */
export interface Pushed {
  readonly manner: Manner;
  readonly id: string;
  readonly outcome: number | string;
}

const TIMEOUT_MS = 10_000;
const REST_MS = 50;
const PIECE_MS = 120;
const PIECES = 4;

/** Clients that push at the same time, each one event after another, and try none twice. */
export class PushingClients {
  readonly pushed: Pushed[] = [];
  private readonly loops: Promise<void>[] = [];
  private readonly ended = new AbortController();
  private count = 0;

  constructor(private readonly port: number) {}

  start(manner: Manner, clients: number): void {
    for (let client = 0; client < clients; client += 1) this.loops.push(this.loop(manner));
  }

  async stop(): Promise<void> {
    this.ended.abort();
    await Promise.all(this.loops);
  }

  /** What pushes of each manner came to, each outcome once. */
  outcomes(): string[] {
    return [...new Set(this.pushed.map(({ manner, outcome }) => `${manner}: ${outcome}`))].sort();
  }

  private async loop(manner: Manner): Promise<void> {
    const agent = new Agent(manner === 'kept-alive' ? { keepAlive: true, maxSockets: 1 } : {});
    while (!this.ended.signal.aborted) {
      const id = `client-${(this.count += 1)}`;
      const outcome = await this.push(id, manner, agent).catch((error: unknown) => describe(error));
      this.pushed.push({ manner, id, outcome });
      await sleep(REST_MS);
    }
    agent.destroy();
  }

  private async push(id: string, manner: Manner, agent: Agent): Promise<number> {
    const body = JSON.stringify({ model: 'x.rolling', record_id: 1, event: 'write', event_id: id, data: { id } });
    const headers = {
      ...{ authorization: `Bearer ${PUSH_KEY}`, 'content-type': 'application/json' },
      'content-length': Buffer.byteLength(body),
    };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const asked = request(pushUrlOf(this.port), { method: 'POST', agent, headers, signal });
    const answered = new Promise<number>((resolve, reject) => {
      asked.once('error', reject);
      asked.once('response', (answer) => {
        answer.once('error', reject).once('end', () => resolve(answer.statusCode ?? 0));
        answer.resume();
      });
    });
    answered.catch(() => undefined); // told below, also while the body is still on its way
    if (manner === 'slow') await trickle(body, (piece) => asked.write(piece));
    else asked.write(body);
    asked.end();
    return answered;
  }
}

async function trickle(body: string, write: (piece: string) => void): Promise<void> {
  const length = Math.ceil(body.length / PIECES);
  for (let at = 0; at < body.length; at += length) {
    write(body.slice(at, at + length));
    await sleep(PIECE_MS);
  }
}

function describe(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  return code ?? message;
}
