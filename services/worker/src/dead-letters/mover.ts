import { Job, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { BridgeError, EventJob, RejectedItem, UnreadablePart, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { keep, Kept, JobReport, Producer, REDIS_PREFIX, withLock } from '@bridgecore/runtime';
import { aboutEventJob } from '../record/event-job';
import { record, Stores } from '../record/record';
import { Tally, tally } from '../record/tally';
import { bury } from './bury';
import { deadEvent, deadItem, deadPart } from './letter';

/** What the mover works with. */
export interface MoverDependencies {
  readonly stores: Stores;
  /** A connection that fails fast. */
  readonly redis: Redis;
  readonly everyMs: number;
  readonly count: (queue: string, report: JobReport) => void;
  readonly prefix?: string;
}

const LOCK_MS = 30_000;

/** So many failed jobs are looked at before the next are asked for. */
const PAGE = 20;

/**
 * Moves what `webhook-events` has given up out of the queue, and is the only one that takes a failed job away: it waits
 * there for as long as PostgreSQL is away. One worker at a time, for the others would only do the same.
 */
export function startMover({ stores, redis, everyMs, count, prefix = REDIS_PREFIX }: MoverDependencies): Kept {
  const jobs = new Producer(WEBHOOK_EVENTS, redis, prefix);
  const tell = tellOnce(stores);
  const round = async (): Promise<void> => {
    await withLock(redis, `${prefix}:dead-letters:mover`, LOCK_MS, (lost) =>
      jobs.use((queue) => moveAll(queue, { stores, count }, lost)),
    );
    tell.over();
  };
  return keep(round, everyMs, tell.failed);
}

async function moveAll(
  queue: Queue,
  { stores, count }: Pick<MoverDependencies, 'stores' | 'count'>,
  lost: AbortSignal,
): Promise<void> {
  for (;;) {
    const failed = await queue.getJobs(['failed'], 0, PAGE - 1, true);
    for (const job of failed) {
      if (lost.aborted) return;
      const report = await settle(job, stores);
      await job.remove(); // a crash before this: it is moved again, and its letters count one more attempt
      stores.log.warn('job.moved', { queue: queue.name, job_id: job.id, reason: job.failedReason, ...report });
      count(queue.name, { outcome: 'moved', ...report });
    }
    if (failed.length < PAGE) return;
  }
}

/** Every event is tried alone once more: one that cannot be recorded, or a bug that it meets, is no reason to give up others. */
async function settle({ data }: Job, stores: Stores): Promise<JobReport> {
  const job = read(data);
  let counts: Tally = {};
  for (const event of job.events) {
    try {
      counts = tally(await record(event.system, [event], stores), counts);
    } catch (error) {
      if (!(error instanceof Error) || (error instanceof BridgeError && error.retry)) throw error;
      await bury(stores.pool, [deadEvent(event, error)]);
      counts = { ...counts, dead: (counts.dead ?? 0) + 1 };
    }
  }
  const { rejected, unreadable = [] } = job;
  await bury(stores.pool, [...rejected.map(deadItem), ...unreadable.map(deadPart)]);
  return { ...aboutEventJob(job), ...counts, rejected: rejected.length, unreadable: unreadable.length };
}

function read(data: unknown): EventJob {
  try {
    return WEBHOOK_EVENTS.parse(data);
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    const whole: UnreadablePart = { part: data, reason: error.message };
    return { events: [], rejected: [] satisfies RejectedItem[], unreadable: [whole] };
  }
}

/** Tells of the first failure in a row; Redis' and PostgreSQL's absence is told elsewhere too, and lasts. */
function tellOnce({ log }: Stores): { failed: (error: unknown) => void; over: () => void } {
  let isTold = false;
  return {
    failed: (error) => {
      if (!isTold) log.warn('mover.waits', { error, hint: 'failed jobs stay in the queue; tried again every second' });
      isTold = true;
    },
    over: () => {
      isTold = false;
    },
  };
}
