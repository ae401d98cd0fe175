import { Queue } from 'bullmq';
import { until } from '@bridgecore/devkit';
import { EventJob, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { connectFailFast, connectPatient, consume, disconnect, Log, Producer } from '@bridgecore/runtime';

/** The queue of pushed events on a Redis of a test, with jobs in it that have used up their attempts. */
export interface FailedJobs {
  readonly redis: ReturnType<typeof connectFailFast>;
  /** Adds jobs and lets each fail for good. */
  fail(...jobs: object[]): Promise<void>;
  count(): Promise<number>;
  use<T>(work: (queue: Queue) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export async function openFailedJobs(redisUrl: string, log: Log): Promise<FailedJobs> {
  const redis = connectFailFast(redisUrl, log);
  await until(() => redis.status === 'ready', { what: 'Redis' });
  const producer = new Producer(WEBHOOK_EVENTS, redis);
  const count = (): Promise<number> => producer.use((queue) => queue.getFailedCount());
  return {
    redis,
    count,
    use: (work) => producer.use(work),
    fail: async (...jobs) => {
      const patient = connectPatient(redisUrl, log);
      for (const job of jobs) await producer.add(job as EventJob, { attempts: 1 });
      let ended = 0;
      const failing = consume({
        ...{ definition: WEBHOOK_EVENTS, concurrency: 1, redis: patient, log },
        work: () => Promise.reject(new Error('a bug that is mended by now')),
        counts: () => (ended += 1),
      });
      await until(() => ended === jobs.length, { what: 'the jobs to have ended' });
      await failing.close(); // when the last has failed; they are not counted, since a mover may be at work
      await disconnect(patient);
    },
    close: () => disconnect(redis),
  };
}
