import { isRecord, JsonRecord } from '@bridgecore/contracts';
import { Producer } from './producer';

/** A job as operators see it; never what it holds. */
export interface JobView {
  readonly queue: string;
  readonly job_id: string;
  readonly state: 'waiting' | 'prioritized' | 'delayed' | 'active' | 'done' | 'failed';
  /** How often it was tried to an end; an attempt under way, or one that was put off, does not count. */
  readonly attempts: number;
  /** What its log line says, once it is done. */
  readonly result: JsonRecord | null;
  /** Why its last attempt failed. */
  readonly error: string | null;
  readonly asked_at: Date;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
}

/** A job, with what it holds for who must know whether it may be shown. */
export interface FoundJob {
  readonly data: unknown;
  readonly view: JobView;
}

/** One job of a queue as it stands; undefined when the queue does not know it, or not any more. */
export function findJob(producer: Pick<Producer<object>, 'use'>, id: string): Promise<FoundJob | undefined> {
  return producer.use(async (queue) => {
    const found = await queue.getJobState(id); // first: beside jobs, a queue has keys of other names and types
    const job = found === 'unknown' ? undefined : await queue.getJob(id);
    if (job === undefined) return undefined;
    const state = STATES[found] ?? 'waiting';
    const { returnvalue: result, failedReason } = job as { returnvalue: unknown; failedReason?: string };
    const view: JobView = {
      ...{ queue: queue.name, job_id: id, state, attempts: job.attemptsMade },
      ...{ result: isRecord(result) ? result : null, error: state === 'done' ? null : (failedReason ?? null) },
      ...{ asked_at: new Date(job.timestamp), started_at: timeOf(job.processedOn), ended_at: timeOf(job.finishedOn) },
    };
    return { data: job.data as unknown, view };
  });
}

/** BullMQ's names for a job's states, and ours. */
const STATES: Readonly<Partial<Record<string, JobView['state']>>> = {
  ...{ waiting: 'waiting', prioritized: 'prioritized', delayed: 'delayed', active: 'active' },
  ...{ completed: 'done', failed: 'failed' },
};

const timeOf = (ms: number | undefined): Date | null => (ms === undefined ? null : new Date(ms));
