import { JobsOptions, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { BridgeError, QueueDefinition } from '@bridgecore/contracts';
import { isRedisError, REDIS_PREFIX } from './redis';

/** The writing end of one queue, on a connection that fails fast. */
export class Producer<Payload extends object> {
  private queue: Queue | undefined;

  constructor(
    private readonly definition: QueueDefinition<Payload>,
    private readonly redis: Redis,
    private readonly prefix = REDIS_PREFIX,
  ) {}

  /**
   * Resolves when Redis has the job; fails with `QUEUE_UNAVAILABLE`, at once when Redis is away. A job that failed may
   * be there all the same (Redis hung, and took it later): whoever works it must know it again.
   */
  async add(payload: Payload, options: JobsOptions = {}): Promise<void> {
    await this.use((queue) => queue.add(this.definition.name, payload, options));
  }

  /** The queue itself, for its schedulers and counts. */
  async use<T>(work: (queue: Queue) => Promise<T>): Promise<T> {
    if (this.redis.status !== 'ready') throw unavailable(); // a queue made now would wait for ever
    this.queue ??= this.open();
    try {
      return await work(this.queue);
    } catch (error) {
      throw isRedisError(error) ? unavailable(error) : error;
    }
  }

  private open(): Queue {
    const { attempts, backoffMs, keepCompleted, keepFailed, name } = this.definition;
    const queue = new Queue(name, {
      connection: this.redis,
      prefix: this.prefix,
      skipVersionCheck: true, // opening then asks Redis nothing, so it cannot fail and leave a queue that never recovers
      defaultJobOptions: {
        attempts,
        backoff: { type: 'exponential', delay: backoffMs, jitter: 0.5 },
        removeOnComplete: { count: keepCompleted },
        removeOnFail: keepFailed === 'all' ? false : { count: keepFailed },
      },
    });
    queue.on('error', () => undefined); // each call that fails says so itself; `redis.down` is logged once
    return queue;
  }
}

/** Without a cause Redis was not even asked. */
function unavailable(cause?: unknown): BridgeError {
  const options = { cause, retryAfterSeconds: 5 };
  if (isFull(cause)) return new BridgeError('QUEUE_FULL', 'Redis is full (maxmemory); nothing was accepted.', options);
  const effect = cause === undefined ? 'nothing was accepted' : 'it may have been accepted all the same';
  return new BridgeError('QUEUE_UNAVAILABLE', `The queue cannot be reached; ${effect}. Try again.`, options);
}

function isFull(cause: unknown): boolean {
  return cause instanceof Error && /\bOOM\b/.test(cause.message);
}
