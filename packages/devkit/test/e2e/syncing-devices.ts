import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { OPERATOR_KEY } from './hub';

/** An app on a device, and what it asks for. */
export interface DeviceWish {
  readonly device_id: string;
  readonly app_type: string;
  readonly models?: readonly string[];
  readonly start: 'now' | 'beginning';
}

interface DevicePage {
  readonly events: readonly { readonly id: string }[];
  readonly position: string;
  readonly has_more: boolean;
}

const TIMEOUT_MS = 20_000;
const REST_MS = { from: 200, to: 1_500 };
/** How often a device dies with a page in its hands, and how often it sends an acknowledgement again that it has sent before. */
const VANISHES = 0.15;
const REPEATS = 0.3;

/** What all devices of a run have met. */
export interface Meetings {
  pages: number;
  events: number;
  vanished: number;
  repeatedAcks: number;
  /** By status, or by what broke the connection. */
  readonly failures: Record<string, number>;
}

/** A device that reads, processes and acknowledges, and has all the accidents of one. */
export class SyncingDevice {
  /** The ids of what it has processed, in the order of processing. */
  readonly processed: string[] = [];
  private ack: string | undefined;
  private earlier: string | undefined;

  constructor(
    readonly wish: DeviceWish,
    private readonly ports: () => readonly number[],
    private readonly agent: Agent,
    private readonly met: Meetings,
    /** Events in a page. */
    private readonly limit: number,
  ) {}

  /** Makes itself known, as an app does when it is installed. */
  async install(): Promise<void> {
    while ((await this.pull(1)) === undefined) await rest();
  }

  /** Reads on until it has processed so many, and then once more, for what should not be there. */
  async run(count: number): Promise<void> {
    while (this.processed.length < count) {
      const page = await this.pull(this.limit);
      if (page === undefined || (page.events.length === 0 && !page.has_more)) await rest();
      if (page === undefined) continue;
      if (page.events.length > 0 && Math.random() < VANISHES) this.met.vanished += 1;
      else this.process(page);
    }
    let last = await this.pull(this.limit);
    for (; last === undefined; last = await this.pull(this.limit)) await rest();
    this.process(last);
  }

  private process({ events, position }: DevicePage): void {
    for (const { id } of events) this.processed.push(id);
    this.earlier = this.ack;
    this.ack = position;
  }

  /** Undefined when there was no page, for whatever reason. */
  private async pull(limit: number): Promise<DevicePage | undefined> {
    const ports = this.ports();
    const port = ports[Math.floor(Math.random() * ports.length)];
    try {
      if (port === undefined) return undefined;
      if (this.earlier !== undefined && Math.random() < REPEATS) {
        this.met.repeatedAcks += 1;
        await this.post(port, { limit: 1, ack: this.earlier });
      }
      return await this.post(port, { limit, ...(this.ack === undefined ? {} : { ack: this.ack }) });
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      this.met.failures[code ?? message] = (this.met.failures[code ?? message] ?? 0) + 1;
      return undefined;
    }
  }

  private async post(port: number, asked: object): Promise<DevicePage> {
    const { status, body } = await postJson(this.agent, port, '/api/v1/sync/pull', {
      ...{ user_id: `user-of-${this.wish.device_id}`, ...this.wish },
      ...asked,
    });
    if (status !== 200) throw new Error(String(status));
    const page = JSON.parse(body) as DevicePage;
    this.met.pages += 1;
    this.met.events += page.events.length;
    return page;
  }
}

function rest(): Promise<void> {
  return sleep(REST_MS.from + Math.random() * (REST_MS.to - REST_MS.from));
}

/** Posts, and fails when the connection breaks before the answer has ended. */
export function postJson(
  agent: Agent,
  port: number,
  path: string,
  content: object,
  key = OPERATOR_KEY,
): Promise<{ status: number; body: string }> {
  const body = JSON.stringify(content);
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method: 'POST', agent, headers, timeout: TIMEOUT_MS };
    const asked = request(options, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.once('error', reject);
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(pieces).toString() }));
    });
    asked.once('timeout', () => asked.destroy(new Error('timeout')));
    asked.once('error', reject);
    asked.end(body);
  });
}
