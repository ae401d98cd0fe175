import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { BridgeError, QueueDefinition } from '@bridgecore/contracts';
import { Producer } from './producer';
import { REDIS_PREFIX } from './redis';

/** The states in which a queue's jobs are counted. */
export const JOB_STATES = ['waiting', 'prioritized', 'delayed', 'active', 'failed'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** How much is in a queue, and how long the oldest job that nobody works on has been due; null when there is none. */
export interface QueueFigures {
  readonly queue: string;
  readonly jobs: Readonly<Record<JobState, number>>;
  readonly oldest_seconds: number | null;
}

/** Reads the figures of these queues, at a cost that does not grow with them; fails when Redis is away. */
export function queueReader(
  redis: Redis,
  definitions: readonly QueueDefinition<object>[],
  prefix = REDIS_PREFIX,
): () => Promise<QueueFigures[]> {
  const producers = definitions.map((definition) => new Producer(definition, redis, prefix));
  return async () => {
    try {
      return await Promise.all(producers.map((producer) => producer.use((queue) => figuresOf(queue, redis))));
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
      const message = 'Redis cannot be reached, so the queues cannot be read.';
      throw new BridgeError('QUEUE_UNAVAILABLE', message, { cause: error.cause, retryAfterSeconds: 5 });
    }
  };
}

async function figuresOf(queue: Queue, redis: Redis): Promise<QueueFigures> {
  const [counts, ids] = await Promise.all([
    queue.getJobCounts(...JOB_STATES),
    queue.getRanges(['waiting', 'prioritized', 'delayed'], 0, 0, true), // of each only what comes next: the oldest, but for retries
  ]);
  const now = Date.now();
  const ages = await Promise.all(ids.map(async (id) => now - (await dueAt(redis, queue.toKey(id)))));
  const due = ages.filter((age) => age >= 0); // a tick of later, or a job that was taken meanwhile, does not wait
  const jobs = Object.fromEntries(JOB_STATES.map((state) => [state, counts[state] ?? 0])) as QueueFigures['jobs'];
  return { queue: queue.name, jobs, oldest_seconds: due.length === 0 ? null : Math.round(Math.max(...due) / 1_000) };
}

/** When a job was to be worked at first; that it was tried since and waits for its next try makes it no younger. */
async function dueAt(redis: Redis, key: string): Promise<number> {
  const [timestamp, options] = await redis.hmget(key, 'timestamp', 'opts'); // not its data, which may be large
  if (typeof timestamp !== 'string') return Infinity;
  const { delay = 0 } = JSON.parse(options ?? '{}') as { delay?: number };
  return Number(timestamp) + delay;
}
