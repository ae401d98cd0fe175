import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../fake-odoo/random';
import { MARKER, type Poison, REFUSED, type SentEvent } from './ledger';

const TIMEOUT_MS = 3_000;
const RETRY_MS = { from: 200, to: 800 };

/** Where and with what the client pushes. */
export interface Receiver {
  readonly system: string;
  readonly url: string;
  readonly key: string;
}

/**
 * A client that is no Odoo: nothing pulls its events after it, so what the gateway loses is lost. It sends again until
 * it is answered 200, as README asks of it.
 */
export class Sender {
  readonly sent: SentEvent[] = [];
  private readonly underWay = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private ended = false;
  private count = 0;

  constructor(
    private readonly receiver: Receiver,
    private readonly random: Random,
  ) {}

  /** The system that its key speaks for. */
  get system(): string {
    return this.receiver.system;
  }

  start(perSecond: number): void {
    this.timer = setInterval(() => {
      this.begin(this.sendOne());
    }, 1_000 / perSecond);
  }

  /** Resolves when everything has got its 200; what has not got one in time is left as it is. */
  async stop(timeoutMs: number): Promise<void> {
    clearInterval(this.timer);
    const late = sleep(timeoutMs, undefined, { ref: false });
    await Promise.race([this.settled(), late]);
    this.ended = true;
    await this.settled();
  }

  private async settled(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private begin(work: Promise<void>): void {
    const tracked: Promise<void> = work.finally(() => this.underWay.delete(tracked));
    this.underWay.add(tracked);
  }

  private sendOne(): Promise<void> {
    const chance = this.random.between(1, 100);
    if (chance <= 4) return this.plain('always');
    if (chance <= 8) return this.plain('once');
    if (chance <= 18) return this.batch();
    if (chance <= 26) return this.anonymous();
    if (chance <= 40) return this.twice();
    return this.plain('none');
  }

  private async plain(poison: Poison): Promise<void> {
    const event = this.note(poison, true);
    await this.untilTaken([event], bodyOf(event));
  }

  /** The same event twice at the same time, as by two subscribers of one queue. */
  private async twice(): Promise<void> {
    const event = this.note('none', true);
    await Promise.all([this.untilTaken([event], bodyOf(event)), this.untilTaken([event], bodyOf(event))]);
  }

  /** Without an id, but with an `Idempotency-Key`. */
  private async anonymous(): Promise<void> {
    const event = this.note('none', false);
    await this.untilTaken([event], bodyOf(event), { 'idempotency-key': event.marker });
  }

  /** Good items and one that is none. */
  private async batch(): Promise<void> {
    const events = [this.note('none', true), this.note('none', true), this.note('none', true, true)];
    await this.untilTaken(events, { batch: true, events: events.map(bodyOf) });
  }

  private note(poison: Poison, hasId: boolean, isRejected = false): SentEvent {
    this.count += 1;
    const marker = `drill-${this.receiver.system}-${this.count}`;
    const event: SentEvent = {
      ...{ marker, event_id: hasId ? marker : null, poison, is_rejected: isRejected, accepted_at: null },
    };
    this.sent.push(event);
    return event;
  }

  private async untilTaken(events: readonly SentEvent[], body: object, headers = {}): Promise<void> {
    while (!this.ended) {
      if (await this.push(body, headers)) {
        for (const event of events) event.accepted_at ??= Date.now();
        return;
      }
      await sleep(this.random.between(RETRY_MS.from, RETRY_MS.to));
    }
  }

  private async push(body: object, headers: Record<string, string>): Promise<boolean> {
    const { url, key } = this.receiver;
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await answer.arrayBuffer();
      return answer.status === 200;
    } catch {
      return false; // the gateway is away
    }
  }
}

const NAMES: Record<Poison, string> = { none: 'an event of the drill', always: 'a NUL: \u0000', once: REFUSED };

function bodyOf({ marker, event_id, poison, is_rejected }: SentEvent): object {
  const data = { [MARKER]: marker, name: NAMES[poison] };
  const record_id = is_rejected ? 'no number' : 1;
  return { model: 'x.drill', record_id, event: 'write', ...(event_id === null ? {} : { event_id }), data };
}
