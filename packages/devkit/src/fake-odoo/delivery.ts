import type { Written } from './change';
import type { Pusher } from './pusher';
import { JOB_LIMIT, runJob, type JobResult } from './scheduled-job';
import type { PushRow, Tables } from './tables';

/** When which rows are pushed: at once by users, every minute by the job, or all as fast as it can be done. */
export class Delivery {
  private readonly underWay = new Set<Promise<unknown>>();
  private job: Promise<JobResult> | undefined;

  constructor(
    private readonly tables: Tables,
    private readonly pusher: Pusher,
    private readonly concurrency: number,
  ) {}

  /** The pushes inside the users' requests: those of one user leave one after another. */
  async pushNow(written: readonly Written[] | undefined, users: number): Promise<void> {
    const rows = written === undefined ? this.tables.pushes : written.flatMap(({ pushes }) => pushes);
    const due = rows.filter((row) => row.instant && !row.attempted && row.status === 'pending');
    await inParallel(due, users, (row) => this.pusher.instant(row));
  }

  /** One run of the job; a run that is under way is joined, as Odoo locks its jobs. */
  runJob(limit = JOB_LIMIT): Promise<JobResult> {
    this.job ??= runJob(this.tables.pushes, this.pusher, limit).finally(() => (this.job = undefined));
    return this.job;
  }

  /** The instant ones at once, the others as if the job ran for them without delay and limit. */
  async pushAll(written: readonly Written[]): Promise<void> {
    await this.pushNow(written, this.concurrency);
    const rows = written.flatMap(({ pushes }) => pushes).filter((row) => !row.instant && row.status === 'pending');
    await inParallel(rows, this.concurrency, (row) => this.pusher.scheduled(row));
  }

  /** Lets `work` go on by itself; `settled` waits for it. */
  begin(work: Promise<unknown>): void {
    const tracked: Promise<unknown> = work.finally(() => this.underWay.delete(tracked));
    this.underWay.add(tracked);
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.underWay.size > 0 || this.job !== undefined) await Promise.all([...this.underWay, this.job]);
  }
}

async function inParallel(
  rows: readonly PushRow[],
  workers: number,
  push: (row: PushRow) => Promise<unknown>,
): Promise<void> {
  const queue = rows.values();
  const work = async (): Promise<void> => {
    for (const row of queue) await push(row); // the workers share one iterator, so each row is taken once
  };
  await Promise.all(Array.from({ length: workers }, work));
}
