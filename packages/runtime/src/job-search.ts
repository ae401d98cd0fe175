import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { Producer } from './producer';
import { JobState } from './queue-figures';

/** A job that was looked for, as it was at that moment. */
export interface SoughtJob {
  readonly id: string;
  readonly state: JobState;
  readonly data: unknown;
  readonly attempts: number;
  readonly attempts_allowed: number;
  /** Null but for a delayed one. */
  readonly next_attempt_at: Date | null;
  readonly error: string | null;
}

/** What a search may cost. */
export interface SearchBounds {
  /** So many jobs of each state, the oldest. */
  readonly jobs: number;
  /** So much of what they hold. */
  readonly bytes: number;
  readonly ms: number;
  readonly hits: number;
}

/** Five thousand small jobs are read in a quarter of a second (measured), and their ids are 200 KB; jobs hold 256 KiB at most. */
const BOUNDS: SearchBounds = { jobs: 5_000, bytes: 32 * 1024 * 1024, ms: 3_000, hits: 100 };

/** So many jobs are read at a time: between them Redis and this process do what others wait for. */
const PAGE = 10;

/** What a search has found, and whether it saw every job. */
export interface JobSearch {
  readonly jobs: readonly SoughtJob[];
  readonly allSeen: boolean;
}

/** In the direction in which jobs go, so that one that moves on meanwhile is met there. */
const ORDER: readonly JobState[] = ['waiting', 'prioritized', 'delayed', 'active', 'failed'];

/**
 * Looks through the jobs of a queue that are not done, the oldest of each state first, for those whose text may be
 * `isWanted`. Bounded in what it reads and in time; fails when Redis is away.
 */
export function searchJobs(
  producer: Pick<Producer<object>, 'use'>,
  redis: Redis,
  isWanted: (text: string) => boolean,
  bounds: SearchBounds = BOUNDS,
): Promise<JobSearch> {
  return producer.use(async (queue) => {
    const search = new Search(queue, redis, isWanted, bounds);
    for (const state of ORDER) await search.through(state);
    return { jobs: [...search.found.values()], allSeen: search.allSeen };
  });
}

class Search {
  readonly found = new Map<string, SoughtJob>();
  allSeen = true;
  private bytes = 0;
  private readonly deadline: number;

  constructor(
    private readonly queue: Queue,
    private readonly redis: Redis,
    private readonly isWanted: (text: string) => boolean,
    private readonly bounds: SearchBounds,
  ) {
    this.deadline = performance.now() + bounds.ms;
  }

  /** The ids at once, since those that are taken meanwhile would shift the next page. */
  async through(state: JobState): Promise<void> {
    const ids = await this.queue.getRanges([state], 0, this.bounds.jobs, true);
    if (ids.length > this.bounds.jobs) this.allSeen = false;
    for (let at = 0; at < Math.min(ids.length, this.bounds.jobs); at += PAGE) {
      if (this.isEnough()) {
        this.allSeen = false;
        return;
      }
      await this.page(state, ids.slice(at, Math.min(at + PAGE, this.bounds.jobs)));
    }
  }

  private isEnough(): boolean {
    const { bytes, hits } = this.bounds;
    return this.bytes >= bytes || this.found.size >= hits || performance.now() > this.deadline;
  }

  private async page(state: JobState, ids: readonly string[]): Promise<void> {
    const texts = await Promise.all(ids.map((id) => this.redis.hget(this.queue.toKey(id), 'data')));
    for (const [index, text] of texts.entries()) {
      const id = ids[index] ?? '';
      if (text === null) continue; // done meanwhile
      this.bytes += text.length;
      if (!this.isWanted(text)) continue;
      const job = await this.details(state, id);
      if (job !== undefined) this.found.set(id, job);
    }
  }

  private async details(state: JobState, id: string): Promise<SoughtJob | undefined> {
    const job = await this.queue.getJob(id);
    if (job === undefined) return undefined;
    const score = state === 'delayed' ? await this.redis.zscore(this.queue.toKey('delayed'), id) : null;
    const { failedReason } = job as { failedReason?: string };
    return {
      ...{ id, state, data: job.data as unknown, attempts: job.attemptsMade, error: failedReason ?? null },
      attempts_allowed: job.opts.attempts ?? 1,
      next_attempt_at: score === null ? null : new Date(Math.floor(Number(score) / 0x1000)), // BullMQ keeps an order in the low bits
    };
  }
}
