import { BridgeError, EventJob, MAX_EVENTS_PER_JOB, RejectedItem, WebhookEvent } from '@bridgecore/contracts';

/** One push on its way to Redis. */
export interface Enqueued {
  readonly events: readonly WebhookEvent[];
  readonly rejected: readonly RejectedItem[];
  /** About what it takes in a job: the size of its body. */
  readonly bytes: number;
}

/** Resolves when everything of the push is in Redis. */
export type Enqueue = (push: Enqueued) => Promise<void>;

/** A job is a unit of retry and of memory; a larger one would hold up its neighbours. */
const MAX_JOB_BYTES = 256 * 1024;

/** Pushes that wait for a Redis that hangs; beyond this they are refused at once. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

interface Item {
  readonly event?: WebhookEvent;
  readonly rejected?: RejectedItem;
  readonly bytes: number;
  readonly done: (error?: unknown) => void;
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

  readonly enqueue: Enqueue = ({ events, rejected, bytes }) => {
    if (this.waitingBytes + bytes > MAX_WAITING_BYTES) {
      const detail = 'Too many pushes are waiting for the queue; this one was not accepted.';
      throw new BridgeError('QUEUE_FULL', detail, { retryAfterSeconds: 5 });
    }
    const share = bytes / Math.max(events.length + rejected.length, 1);
    const accepted = [
      ...events.map((event) => this.push({ event, bytes: share })),
      ...rejected.map((item) => this.push({ rejected: item, bytes: share })),
    ];
    if (!this.isBusy) {
      this.isBusy = true;
      setTimeout(() => void this.drain(), 1);
    }
    return Promise.all(accepted).then(() => undefined);
  };

  private push(item: Omit<Item, 'done'>): Promise<void> {
    this.waitingBytes += item.bytes;
    return new Promise((resolve, reject) => {
      const done = (error?: unknown): void => {
        if (error === undefined) resolve();
        else reject(error as Error);
      };
      this.waiting.push({ ...item, done });
    });
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      const items = this.take();
      const failure = await this.addJob(jobOf(items)).then(
        () => undefined,
        (error: unknown) => error,
      );
      for (const item of items) item.done(failure);
    }
    this.isBusy = false;
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

function jobOf(items: readonly Item[]): EventJob {
  return {
    events: items.map(({ event }) => event).filter((event) => event !== undefined),
    rejected: items.map(({ rejected }) => rejected).filter((item) => item !== undefined),
  };
}
