import { DelayedError, Job, JobsOptions, Queue, UnrecoverableError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { BridgeError, QueueDefinition } from '@bridgecore/contracts';
import { Log } from './logger';
import { REDIS_PREFIX } from './redis';

/** The writing end of one queue. */
export class Producer<Payload extends object> {
  private queue: Queue | undefined;
  private hasConnected = false;

  constructor(
    private readonly definition: QueueDefinition<Payload>,
    private readonly redis: Redis,
    private readonly prefix = REDIS_PREFIX,
  ) {}

  /** Resolves when Redis has the job; fails with `QUEUE_UNAVAILABLE`, at once when Redis is away. */
  async add(payload: Payload, options: JobsOptions = {}): Promise<void> {
    await this.use((queue) => queue.add(this.definition.name, payload, options));
  }

  /** The queue itself, for its schedulers and counts. */
  async use<T>(work: (queue: Queue) => Promise<T>): Promise<T> {
    if (this.redis.status !== 'ready') throw unavailable(); // a queue made now would wait for ever
    try {
      this.queue ??= this.open();
      const result = await work(this.queue);
      this.hasConnected = true;
      return result;
    } catch (error) {
      if (!this.hasConnected) this.queue = undefined; // one whose first contact failed never recovers
      throw unavailable(error);
    }
  }

  private open(): Queue {
    const { attempts, backoffMs, keepCompleted, keepFailed, name } = this.definition;
    const queue = new Queue(name, {
      connection: this.redis,
      prefix: this.prefix,
      skipVersionCheck: true,
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

function unavailable(cause?: unknown): BridgeError {
  return new BridgeError('QUEUE_UNAVAILABLE', 'The queue cannot be reached; nothing was accepted. Try again.', {
    cause,
    retryAfterSeconds: 5,
  });
}

/** What a piece of work tells about itself in its log line. */
export type JobReport = Record<string, unknown>;

/** The reading end of one queue. */
export interface ConsumerOptions<Payload extends object> {
  readonly definition: QueueDefinition<Payload>;
  readonly concurrency: number;
  readonly redis: Redis;
  readonly log: Log;
  readonly prefix?: string;
  readonly work: (payload: Payload) => Promise<JobReport>;
  /** What the work cannot do without; while it is away the consumer pauses and its jobs lose no attempt. */
  readonly dependency?: Dependency;
  /** Told of every job that ended here, for the metrics. */
  readonly counts?: (queue: string, report: JobReport) => void;
}

/** Something outside that may be away for long. */
export interface Dependency {
  isAway(error: unknown): boolean;
  /** Resolves when it is there again. */
  returned(): Promise<void>;
}

/** Starts to work off a queue. One log line per job, at its end. */
export function consume<Payload extends object>(options: ConsumerOptions<Payload>): Worker {
  const { definition, concurrency, redis, prefix = REDIS_PREFIX } = options;
  const worker: Worker = new Worker(definition.name, (job: Job, token?: string) => run(job, token, options, pause), {
    connection: redis,
    prefix,
    concurrency,
    skipVersionCheck: true,
    maxStalledCount: 10, // every job is safe to run again, so a worker that died is no reason to give one up
  });
  worker.on('error', () => undefined); // `redis.down` is logged once, by the connection
  const pause = pausing(worker, options);
  return worker;
}

async function run<Payload extends object>(
  job: Job,
  token: string | undefined,
  { definition, work, log, dependency, counts }: ConsumerOptions<Payload>,
  pause: () => void,
): Promise<void> {
  const started = performance.now();
  const end = (level: 'info' | 'warn' | 'error', message: string, report: JobReport): void => {
    const about = { queue: definition.name, job_id: job.id, attempt: job.attemptsMade + 1 };
    log[level](message, { ...about, ...report, duration_ms: Math.round(performance.now() - started) });
    counts?.(definition.name, report);
  };
  try {
    end('info', 'job.done', { outcome: 'done', ...(await work(definition.parse(job.data))) });
  } catch (error) {
    if (dependency?.isAway(error) === true) {
      pause();
      end('warn', 'job.postponed', { outcome: 'postponed', error });
      await job.moveToDelayed(Date.now() + 1_000, token);
      throw new DelayedError();
    }
    end('error', 'job.failed', { outcome: 'failed', retry: willRetry(job, error), error });
    throw toJobError(error);
  }
}

/** Stops taking jobs until what they cannot do without is there again; asked again meanwhile, it does nothing. */
function pausing<Payload extends object>(
  worker: Worker,
  { definition: { name: queue }, dependency, log }: ConsumerOptions<Payload>,
): () => void {
  let isPaused = false;
  const wait = async (): Promise<void> => {
    await worker.pause(true);
    await dependency?.returned();
    worker.resume();
    log.info('queue.resumed', { queue });
  };
  return () => {
    if (isPaused) return;
    isPaused = true;
    log.warn('queue.paused', { queue });
    void wait().finally(() => (isPaused = false));
  };
}

function willRetry(job: Job, error: unknown): boolean {
  const isPermanent = error instanceof BridgeError && !error.retry;
  return !isPermanent && job.attemptsMade + 1 < (job.opts.attempts ?? 1);
}

/** The one place that decides about retries. What has no name yet may be transient: retry it. */
function toJobError(error: unknown): unknown {
  if (!(error instanceof BridgeError) || error.retry) return error;
  return Object.assign(new UnrecoverableError(`${error.code}: ${error.message}`), { cause: error });
}
