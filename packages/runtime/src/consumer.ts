import { DelayedError, Job, UnrecoverableError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { BridgeError, QueueDefinition } from '@bridgecore/contracts';
import { Log } from './logger';
import { Dependency, Pausing, pausing } from './pausing';
import { isConnectionError, REDIS_PREFIX } from './redis';
import { seldom } from './seldom';
import { limited } from './time-out';

/** What a piece of work tells about itself in its log line. */
export type JobReport = Record<string, unknown>;

/** What a piece of work may want to know of its attempt. */
export interface JobAttempt {
  /** When it fails, the job is given up. */
  readonly isLast: boolean;
  /** How often it was taken up, this time included: also after it was postponed, or its worker died. */
  readonly starts: number;
}

/** The reading end of one queue. */
export interface ConsumerOptions<Payload extends object> {
  readonly definition: QueueDefinition<Payload>;
  readonly concurrency: number;
  /** A patient connection. */
  readonly redis: Redis;
  readonly log: Log;
  readonly prefix?: string;
  readonly work: (payload: Payload, attempt: JobAttempt) => Promise<JobReport>;
  /** What the log says of a job also when it fails. */
  readonly about?: (payload: Payload) => JobReport;
  /** What the work cannot do without; while it is away the consumer pauses and its jobs lose no attempt. */
  readonly dependency?: Dependency;
  /** A job whose worker has not been heard of for so long is taken up by another; 15 s unless given. */
  readonly lockMs?: number;
  /** An attempt that takes longer fails; what it still does after that must be harmless. */
  readonly timeoutMs?: number;
  /** Told of every job that ended here, for the metrics. */
  readonly counts?: (queue: string, report: JobReport) => void;
}

/** How a consumer does, for who watches it. */
export interface Pulse {
  /** When a job was last taken or ended, by `performance.now()`. */
  readonly movedAt: number;
  readonly busy: number;
  readonly slots: number;
  /** It waits for its dependency. */
  readonly isPaused: boolean;
}

/** Something that works off a queue until it is closed. */
export interface Consumer {
  readonly name: string;
  readonly definition: QueueDefinition<object>;
  pulse(): Pulse;
  /** Resolves when the jobs in hand are done; while Redis is away, at once, for nobody could be told. */
  close(): Promise<void>;
}

/** Starts to work off a queue. One log line per job, at its end. */
export function consume<Payload extends object>(options: ConsumerOptions<Payload>): Consumer {
  const { definition, concurrency, redis, log, prefix = REDIS_PREFIX, lockMs = 15_000 } = options;
  const beats = heartbeats();
  const worker: Worker = new Worker(
    definition.name,
    (job: Job, token?: string) => beats.during(run(job, token, options, pauses)),
    {
      connection: redis,
      prefix,
      concurrency,
      runRetryDelay: 1_000, // after a connection error; the default of 15 s is how long Redis' return would go unnoticed
      lockDuration: lockMs, // renewed at half; one renewed late on a busy event loop only makes the job run twice
      stalledInterval: Math.ceil(lockMs / 3), // so what a killed worker held is taken up within 20 s
      maxStalledCount: 10, // every job is safe to run again, so a worker that died is no reason to give one up
    },
  );
  const pauses = pausing(worker, options.dependency, log);
  tellTroubles(worker, log);
  return {
    name: definition.name,
    definition,
    pulse: () => ({ ...beats.now(), slots: concurrency, isPaused: pauses.isPaused() }),
    close: () => worker.close(redis.status !== 'ready'),
  };
}

/** Counts the jobs in hand, and remembers when one was last taken or ended. */
function heartbeats(): { now: () => Pick<Pulse, 'movedAt' | 'busy'>; during: <T>(work: Promise<T>) => Promise<T> } {
  let movedAt = performance.now();
  let busy = 0;
  const moved = (change: 1 | -1): void => {
    busy += change;
    movedAt = performance.now();
  };
  return {
    now: () => ({ movedAt, busy }),
    during: (work) => {
      moved(1);
      return work.finally(() => {
        moved(-1);
      });
    },
  };
}

/** What is returned stays with the job in Redis, as long as the job does. */
async function run<Payload extends object>(
  job: Job,
  token: string | undefined,
  { definition, work, about = () => ({}), log, dependency, counts, timeoutMs }: ConsumerOptions<Payload>,
  pauses: Pausing,
): Promise<JobReport> {
  const started = performance.now();
  let known: JobReport = {};
  const end = (level: 'debug' | 'info' | 'warn' | 'error', message: string, report: JobReport): void => {
    const line = { queue: definition.name, job_id: job.id, attempt: job.attemptsMade + 1 };
    log[level](message, { ...line, ...known, ...report, duration_ms: Math.round(performance.now() - started) });
    counts?.(definition.name, report);
  };
  try {
    const payload = definition.parse(job.data);
    known = about(payload);
    const attempt = { isLast: job.attemptsMade + 1 >= (job.opts.attempts ?? 1), starts: job.attemptsStarted };
    const report = { outcome: 'done', ...(await limited(work(payload, attempt), timeoutMs)) };
    end('info', 'job.done', report);
    pauses.met();
    return { ...known, ...report };
  } catch (error) {
    if (dependency?.isAway(error) === true) {
      pauses.pause();
      end('warn', 'job.postponed', { outcome: 'postponed', error });
      await job.moveToDelayed(Date.now() + 1_000, token);
      throw new DelayedError();
    }
    pauses.met();
    if (error instanceof BridgeError && error.code === 'JOB_POSTPONED') {
      const seconds = error.retryAfterSeconds ?? 1;
      end('debug', 'job.postponed', { outcome: 'postponed', reason: error.message, seconds });
      await job.moveToDelayed(Date.now() + seconds * 1_000, token);
      throw new DelayedError();
    }
    end('error', 'job.failed', { outcome: 'failed', retry: willRetry(job, error), error });
    throw toJobError(error);
  }
}

/** What happens to jobs and to the queue outside of `run`; `redis.down` is logged once, by the connection. */
function tellTroubles(worker: Worker, log: Log): void {
  const queue = worker.name;
  const tell = seldom((error: Error, times) => {
    log.error('queue.error', { queue, times, error });
  });
  worker.on('error', (error) => {
    if (!isConnectionError(error)) tell(error);
  });
  worker.on('stalled', (jobId) => {
    log.warn('job.stalled', { queue, job_id: jobId, hint: 'its worker died or froze; it is run again' });
  });
  worker.on('failed', (job, error) => {
    if (job?.deferredFailure === undefined) return; // `run` has told the others
    log.error('job.failed', { queue, job_id: job.id, outcome: 'failed', retry: false, error });
  });
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
