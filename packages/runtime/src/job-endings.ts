import { isRecord, JsonRecord } from '@bridgecore/contracts';
import { Producer } from './producer';

/** How a job has ended that its queue still remembers. */
export interface JobEnding {
  readonly data: unknown;
  readonly ended_at: Date;
  /** Null when it failed. */
  readonly result: JsonRecord | null;
  readonly error: string | null;
}

/** How the last jobs of a queue of small jobs have ended, the newest first; so many at most of those done, and of those failed. */
export function lastEndings(producer: Pick<Producer<object>, 'use'>, count: number): Promise<JobEnding[]> {
  return producer.use(async (queue) => {
    const ids = await queue.getRanges(['completed', 'failed'], 0, count - 1, false);
    const jobs = await Promise.all(ids.map((id) => queue.getJob(id)));
    const endings = jobs.flatMap((job): JobEnding[] => {
      if (job?.finishedOn === undefined) return [];
      const { returnvalue: result, failedReason } = job as { returnvalue: unknown; failedReason?: string };
      const error = isRecord(result) ? null : (failedReason ?? null);
      return [{ data: job.data, ended_at: new Date(job.finishedOn), result: isRecord(result) ? result : null, error }];
    });
    return endings.sort((a, b) => b.ended_at.getTime() - a.ended_at.getTime());
  });
}
