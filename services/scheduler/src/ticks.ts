import { randomUUID } from 'node:crypto';
import { JobSchedulerJson, Queue } from 'bullmq';
import { MAINTENANCE, MAINTENANCE_KINDS, MaintenanceJob, ODOO_PULL, PullJob, TickJob } from '@bridgecore/contracts';
import { Identified, JobReport, Log, Producer } from '@bridgecore/runtime';
import { Schedule } from './schedules';

/**
 * Makes Redis hold just these schedules. A scheduler is written only when it is missing, repeats otherwise or has
 * stopped, for writing it makes it tick at once; those that are no longer wanted go. Replicas do the same and meet in
 * the ids.
 */
export async function reconcile(queue: Queue, wanted: readonly Schedule[], log: Log): Promise<void> {
  const present = new Map((await queue.getJobSchedulers(0, -1)).map((scheduler) => [scheduler.key, scheduler]));
  for (const { id, repeat, tick } of wanted) {
    if (isSame(present.get(id), { id, repeat, tick })) continue;
    await queue.upsertJobScheduler(id, { ...repeat }, { name: tick.kind, data: tick });
    log.info('schedule.set', { schedule: id, ...('every' in repeat ? { every_ms: repeat.every } : repeat) });
  }
  const kept = new Set(wanted.map(({ id }) => id));
  for (const id of present.keys()) {
    if (kept.has(id) || !(await queue.removeJobScheduler(id))) continue;
    log.info('schedule.removed', { schedule: id });
  }
}

/** Each tick makes the next one: should that chain ever break, it is long overdue. */
const OVERDUE_MS = 60_000;

function isSame(present: JobSchedulerJson | undefined, { repeat, tick }: Schedule): boolean {
  if (present?.next === undefined) return false;
  const isSameRepeat = 'every' in repeat ? present.every === repeat.every : isSameTimeOfDay(present, repeat);
  const late = 'every' in repeat ? repeat.every + OVERDUE_MS : OVERDUE_MS;
  if (!isSameRepeat || present.next + late < Date.now()) return false;
  return JSON.stringify(present.template?.data) === JSON.stringify(tick);
}

function isSameTimeOfDay({ pattern, tz }: JobSchedulerJson, wanted: { pattern: string; tz: string }): boolean {
  return pattern === wanted.pattern && tz === wanted.tz;
}

/** Where ticks lead to. */
export interface TickTargets {
  readonly pulls: Pick<Producer<PullJob>, 'use'>;
  readonly maintenance: Pick<Producer<MaintenanceJob>, 'use'>;
  /** Told of every tick. */
  readonly count?: (kind: string) => void;
}

/** By which id a tick, and all that it leads to, is found in the logs. */
export function aboutTick({ kind, system, correlation_id }: Identified<TickJob>): JobReport {
  return { kind, system, correlation_id };
}

/**
 * What a tick leads to. Jobs of a scheduler cannot be deduplicated, so a tick is only a request: a system whose run
 * waits or is under way gets no second one, and neither does a kind of maintenance.
 */
export function workTick({
  pulls,
  maintenance,
  count,
}: TickTargets): (tick: Identified<TickJob>) => Promise<JobReport> {
  const known: readonly string[] = MAINTENANCE_KINDS;
  return async ({ kind, system, correlation_id }) => {
    count?.(kind);
    if (kind === 'pull' && system !== undefined) return ask(pulls, ODOO_PULL.name, system, { system, correlation_id });
    if (!known.includes(kind)) return { outcome: 'skipped', reason: 'unknown to this version' };
    return ask(maintenance, MAINTENANCE.name, kind, { kind, key_id: null, correlation_id });
  };
}

/** Where one waits or is under way, BullMQ adds none and answers with that one's id. */
async function ask(target: Pick<Producer<object>, 'use'>, to: string, id: string, job: object): Promise<JobReport> {
  const jobId = randomUUID();
  const added = await target.use((queue) => queue.add(to, job, { jobId, deduplication: { id } }));
  if (added.id === jobId) return { to, asked: jobId };
  return { to, asked: added.id, outcome: 'skipped', reason: 'one waits or is under way' };
}
