import { BridgeError, EventJob, WebhookEvent } from '@bridgecore/contracts';
import { OdooClient, OdooFailure } from '@bridgecore/odoo';
import { JobReport } from '@bridgecore/runtime';
import { pullRun } from '../src/pull/pull-run';
import { workEventJob } from '../src/record/event-job';
import { Stores } from '../src/record/record';
import { breakingPool } from './breaking-pool';
import { Course, History, operationOf, payloadOf, requestsOf, timeOf } from './history';
import { WorkerStack } from './worker-stack';

/** Lets a history reach the real `record`, with everything going wrong that its course says, until all has arrived. */
export class Recorder {
  private readonly jobs: EventJob[];
  private readonly acknowledged = new Set<number>();
  private readonly faults: { breaks: Course['breaks'][number][]; seen: boolean[]; acknowledgements: boolean[] };
  private readonly stores: Stores;
  private isRevealed = false;
  /** What Odoo was told although it was not stored. */
  readonly wronglyAcknowledged: number[] = [];
  /** What the cursor has passed although it was there to be read and is not stored: only the sweep would find it. */
  readonly wronglyPassed: number[] = [];

  constructor(
    private readonly stack: WorkerStack,
    private readonly system: string,
    private readonly history: History,
  ) {
    const { course } = history;
    this.jobs = jobsOf(requestsOf(history, system), course);
    const { breaks, seenFails, acknowledgementFails } = course;
    const faults = { breaks: [...breaks], seen: [...seenFails], acknowledgements: [...acknowledgementFails] };
    this.faults = faults;
    this.stores = {
      ...stack,
      pool: breakingPool(stack.pool, () => faults.breaks.shift()),
      seen: {
        has: (events) => stack.seen.has(events),
        add: (events) => (faults.seen.shift() === true ? Promise.reject(new Error('away')) : stack.seen.add(events)),
      },
    };
  }

  /** Takes the steps of the course, some at once; then what is left, until it has gone through. */
  async run(): Promise<void> {
    const { steps, atOnce } = this.history.course;
    const left = [...steps];
    for (let group = 0; left.length > 0; group += 1) {
      await Promise.all(left.splice(0, drawn(atOnce, group)).map((step) => this.take(step)));
      await this.checkCursor();
    }
    while (this.jobs.length > 0) await this.take('job');
    this.isRevealed = true;
    await this.stack.redis.del(this.lock);
    for (let run = 0; this.acknowledged.size < this.history.changes.length && run < 60; run += 1)
      await this.take('sweep');
  }

  private async checkCursor(): Promise<void> {
    const sql = `select last_event_id::int as cursor, array(select pull_id::int from webhook_events
                   where webhook_events.system = $1 and pull_id is not null) as stored from pull_cursors where system = $1`;
    const [state] = await this.stack.rows<{ cursor: number; stored: number[] }>(sql, [this.system]);
    const inTime = this.history.changes.flatMap(({ isLate }, index) => (isLate ? [] : [index + 1]));
    const missing = inTime.filter((id) => id <= (state?.cursor ?? 0) && state?.stored.includes(id) === false);
    this.wronglyPassed.push(...missing);
  }

  private async take(step: Course['steps'][number]): Promise<void> {
    if (step === 'reveal') this.isRevealed = true;
    if (step === 'unlock') await this.stack.redis.del(this.lock);
    if (step === 'forget') await this.forget();
    if (step === 'job') await this.workJob();
    if (step === 'pull' || step === 'sweep') await orAway(this.pull(step === 'sweep'));
  }

  /** A job that fails is there again, as in the queue; one may be run a second time although it went through. */
  private async workJob(): Promise<void> {
    const job = this.jobs.shift();
    if (job === undefined) return;
    const times = drawn(this.history.course.isRunTwice, this.jobs.length) ? 2 : 1;
    for (let run = 0; run < times; run += 1) {
      const report = await orAway(workEventJob(job, this.stores));
      if (report === undefined) this.jobs.push(job);
    }
  }

  private pull(isSweep: boolean): Promise<JobReport> {
    const { redis, log } = this.stack;
    const system = { id: this.system, odoo: this.odoo(), limit: this.history.course.pageSize };
    return pullRun(system, {
      ...{ redis, stores: this.stores, log, isRedacted: () => false, ended: new AbortController().signal },
      ...{ lockTtlMs: 10_000, runMs: 60_000, sweepEvery: isSweep ? 1 : 1_000_000 },
    });
  }

  private odoo(): OdooClient {
    return {
      pull: async (lastEventId, limit) => {
        const rows = this.visibleRows().filter(({ id }) => id > lastEventId);
        return { rows: rows.slice(0, limit), hasMore: rows.length > limit };
      },
      acknowledge: async (ids) => {
        if (this.faults.acknowledgements.shift() === true) throw new OdooFailure('unreachable', 'away');
        const sql = 'select pull_id::int as id from webhook_events where system = $1 and pull_id = any($2::bigint[])';
        const stored = new Set((await this.stack.rows<{ id: number }>(sql, [this.system, ids])).map(({ id }) => id));
        this.wronglyAcknowledged.push(...ids.filter((id) => !stored.has(id)));
        for (const id of ids) this.acknowledged.add(id);
      },
    };
  }

  private visibleRows(): { id: number }[] {
    const rows = this.history.changes.map((change, index) => ({
      ...{ id: index + 1, model: 'sale.order', record_id: change.record_id, event: operationOf(change) },
      ...{ timestamp: timeOf(index), payload: payloadOf(change, index), priority: 'low' },
      ...{ user_id: index + 1, user_name: `User ${index}`, isLate: change.isLate },
    }));
    return rows.filter(({ id, isLate }) => !this.acknowledged.has(id) && (this.isRevealed || !isLate));
  }

  /** Redis has lost what it knew of the pushes. */
  private async forget(): Promise<void> {
    const keys = (await this.stack.redis.keys('*:seen:*')).filter((key) => key.includes(`:${this.system}:`));
    if (keys.length > 0) await this.stack.redis.del(keys);
  }

  private get lock(): string {
    return `odoo_sync:lock:${this.system}`;
  }
}

/** The requests in the order of the course, cut into jobs as it says. */
function jobsOf(requests: readonly WebhookEvent[], { order, jobSizes }: Course): EventJob[] {
  const ranked = requests.map((event, index) => ({ event, rank: drawn(order, index) + index / 1_000 }));
  const left = ranked.sort((a, b) => a.rank - b.rank).map(({ event }) => event);
  const jobs: EventJob[] = [];
  while (left.length > 0) jobs.push({ events: left.splice(0, drawn(jobSizes, jobs.length)), rejected: [] });
  return jobs;
}

function drawn<T>(values: readonly T[], index: number): T {
  return values[index % values.length] as T;
}

/** Undefined when PostgreSQL was away; the queue, or the next tick, tries it again. */
async function orAway<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch((error: unknown) => {
    if (error instanceof BridgeError && error.code === 'DATABASE_UNAVAILABLE') return undefined;
    throw error;
  });
}
