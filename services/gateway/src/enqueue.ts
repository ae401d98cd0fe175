import { BridgeError, EventJob, MAX_EVENTS_PER_JOB, RejectedItem, WebhookEvent } from '@bridgecore/contracts';

/** One push on its way to Redis. */
export interface Enqueued {
  readonly events: readonly WebhookEvent[];
  readonly rejected: readonly RejectedItem[];
  /** The size of its body, which its events share. */
  readonly bytes: number;
}

/** Resolves when everything of the push is in Redis. */
export type Enqueue = (push: Enqueued) => Promise<void>;

/** A job is a unit of retry and of memory; a larger one would hold up its neighbours. */
const MAX_JOB_BYTES = 256 * 1024;

/** Pushes that wait for a Redis that hangs; beyond this they are refused at once. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

/** What an event takes beside its own data: its ids, its times, its keys. A megabyte of tiny events is 25 in memory. */
const EVENT_OVERHEAD_BYTES = 1_024;

/** Part of a push that fits into a job. */
interface Item {
  readonly event?: WebhookEvent;
  readonly rejected?: RejectedItem;
  readonly bytes: number;
  /** Told of every item of its push; the first failure is the push's. */
  readonly settle: (failure?: Error) => void;
}

/**
 * Batches without making anybody wait: one enqueue is in flight at a time, and what arrives meanwhile (or within the
 * same millisecond) goes together into the next job. A lone push is a job of one; under load jobs grow by themselves,
 * which costs Redis a fifth of one job per event (measured).
 */
export class Batcher {
  private waiting: Item[] = [];
  private waitingBytes = 0;
  private isBusy = false;

  constructor(private readonly addJob: (job: EventJob) => Promise<void>) {}

  readonly enqueue: Enqueue = async ({ events, rejected, bytes }) => {
    const count = events.length + rejected.length;
    if (count === 0) return;
    this.assertRoom(bytes + count * EVENT_OVERHEAD_BYTES);
    await new Promise<void>((resolve, reject) => {
      const settle = settling(count, resolve, reject);
      const share = { bytes: bytes / count + EVENT_OVERHEAD_BYTES, settle };
      for (const event of events) this.push({ event, ...share });
      for (const item of rejected) this.push({ rejected: item, ...share });
      this.wake();
    });
  };

  /** A push that comes alone always has room, however large it is. */
  private assertRoom(bytes: number): void {
    if (this.waiting.length === 0 || this.waitingBytes + bytes <= MAX_WAITING_BYTES) return;
    const detail = 'Too many pushes are waiting for the queue; this one was not accepted.';
    throw new BridgeError('QUEUE_FULL', detail, { retryAfterSeconds: 5 });
  }

  private push(item: Item): void {
    this.waiting.push(item);
    this.waitingBytes += item.bytes;
  }

  private wake(): void {
    if (this.isBusy) return;
    this.isBusy = true;
    setTimeout(() => void this.drain(), 1);
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const items = this.take();
      const failure = await this.add(items);
      for (const { settle } of items) settle(failure);
    }
    this.isBusy = false;
  }

  private async add(items: readonly Item[]): Promise<Error | undefined> {
    try {
      await this.addJob(jobOf(items));
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  /** The first waiting items that fit into one job. */
  private take(): Item[] {
    let bytes = 0;
    const tooMany = this.waiting.findIndex((item, index) => {
      bytes += item.bytes;
      return index > 0 && (index >= MAX_EVENTS_PER_JOB || bytes > MAX_JOB_BYTES);
    });
    const items = this.waiting.splice(0, tooMany < 0 ? this.waiting.length : tooMany);
    this.waitingBytes -= items.reduce((sum, item) => sum + item.bytes, 0);
    return items;
  }
}

function settling(count: number, resolve: () => void, reject: (error: Error) => void): (failure?: Error) => void {
  let left = count;
  return (failure) => {
    left -= 1;
    if (failure !== undefined) reject(failure);
    else if (left === 0) resolve();
  };
}

function jobOf(items: readonly Item[]): EventJob {
  return {
    events: items.map(({ event }) => event).filter((event) => event !== undefined),
    rejected: items.map(({ rejected }) => rejected).filter((item) => item !== undefined),
  };
}
