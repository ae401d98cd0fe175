import { Job, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { BridgeError, EventJob, RejectedItem, UnreadablePart, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { isDataError } from '@bridgecore/database';
import { CountJob, keep, Kept, JobReport, Producer, REDIS_PREFIX, withLock } from '@bridgecore/runtime';
import { aboutEventJob } from '../record/event-job';
import { record, Stores } from '../record/record';
import { Tally, tally } from '../record/tally';
import { bury } from './bury';
import { causeOf, DeadLetter, deadEvent, deadItem, deadPart } from './letter';

/** What the mover works with. */
export interface MoverDependencies {
  readonly stores: Stores;
  /** A connection that fails fast. */
  readonly redis: Redis;
  readonly everyMs: number;
  readonly count: CountJob;
  readonly prefix?: string;
}

const LOCK_MS = 30_000;

/** So many failed jobs are looked at before the next are asked for, and so many that cannot be moved end a round. */
const PAGE = 20;

/**
 * Moves what `webhook-events` has given up out of the queue, and is the only one that takes a failed job away: it waits
 * there for as long as PostgreSQL is away. One worker at a time, for the others would only do the same.
 */
export function startMover({ stores, redis, everyMs, count, prefix = REDIS_PREFIX }: MoverDependencies): Kept {
  const jobs = new Producer(WEBHOOK_EVENTS, redis, prefix);
  const tell = tellOnce(stores);
  const stopped = new AbortController();
  const round = async (): Promise<void> => {
    await withLock(redis, `${prefix}:dead-letters:mover`, LOCK_MS, (lost) =>
      jobs.use((queue) => moveAll(queue, { stores, count, tell }, AbortSignal.any([lost, stopped.signal]))),
    );
    tell.over();
  };
  const kept = keep(round, everyMs, tell.failed);
  return {
    stop: () => {
      stopped.abort(); // the job in hand is finished: a backlog would outlast the time that a shutdown has
      return kept.stop();
    },
  };
}

type Round = Pick<MoverDependencies, 'stores' | 'count'> & { readonly tell: Teller };

/** The oldest first. One that cannot be moved, for a reason that is its own, is left, and those behind it are moved. */
async function moveAll(queue: Queue, { stores, count, tell }: Round, ended: AbortSignal): Promise<void> {
  for (let left = 0; ;) {
    const failed = await queue.getJobs(['failed'], left, left + PAGE - 1, true);
    for (const job of failed) {
      if (ended.aborted) return;
      const startedAt = performance.now();
      const report = await settle(job, stores).catch((error: unknown) => {
        left += 1;
        if (isTransient(error) || left === PAGE) throw error; // so many have one cause, which is not theirs
        tell.notMoved(job, error);
      });
      if (report === undefined) continue;
      await job.remove(); // a crash before this: it is moved again, and its letters count one more attempt
      const line = { queue: queue.name, job_id: job.id, outcome: 'moved', reason: job.failedReason, ...report };
      stores.log.warn('job.moved', { ...line, duration_ms: Math.round(performance.now() - startedAt) });
      count(queue.name, { outcome: 'moved' });
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
      if (!(error instanceof Error) || isTransient(error)) throw error;
      await buryPart(deadEvent(event, error), event, stores);
      stores.meter?.count(event.system, event.origin, 'dead');
      counts = { ...counts, dead: (counts.dead ?? 0) + 1 };
    }
  }
  const { rejected, unreadable = [] } = job;
  for (const item of rejected) {
    await buryPart(deadItem(item), item, stores);
    stores.meter?.count(item.system, 'push', 'rejected');
  }
  const parts = unreadable.map(deadPart);
  await bury(stores, parts);
  for (const { system, origin } of parts) stores.meter?.count(system, origin, 'dead');
  return { ...aboutEventJob(job), ...counts, rejected: rejected.length, unreadable: unreadable.length };
}

/** Buries a letter; when PostgreSQL refuses even that (a NUL in its system's name, say), what is harmless of it and the rest raw. */
async function buryPart(letter: DeadLetter, part: object, stores: Stores): Promise<void> {
  try {
    await bury(stores, [letter]);
  } catch (error) {
    if (!(error instanceof Error) || !isDataError(error)) throw error;
    await bury(stores, [{ ...deadPart({ part, reason: error.message }), ...causeOf(error) }]);
  }
}

function isTransient(error: unknown): boolean {
  return error instanceof BridgeError && error.retry;
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

interface Teller {
  readonly failed: (error: unknown) => void;
  readonly over: () => void;
  readonly notMoved: (job: Job, error: unknown) => void;
}

/** Tells of the first failure in a row (Redis' and PostgreSQL's absence is told elsewhere too, and lasts), and of each job once. */
function tellOnce({ log }: Stores): Teller {
  let isTold = false;
  const told = new Set<unknown>();
  return {
    failed: (error) => {
      if (!isTold) log.warn('mover.waits', { error, hint: 'failed jobs stay in the queue; tried again every second' });
      isTold = true;
    },
    over: () => {
      isTold = false;
    },
    notMoved: ({ id, queueName: queue, data }, error) => {
      const hint = 'it stays in the queue, and is tried again; those behind it are moved';
      if (!told.has(id)) log.error('job.not_moved', { queue, job_id: id, ...aboutEventJob(read(data)), error, hint });
      told.add(id);
    },
  };
}
