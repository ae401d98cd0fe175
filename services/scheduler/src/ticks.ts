import { JobSchedulerJson, Queue } from 'bullmq';
import { ODOO_PULL, OdooSystem, TickJob } from '@bridgecore/contracts';
import { JobReport, Log, Producer } from '@bridgecore/runtime';

/** A thing that is done at intervals, by a scheduler of this id. */
export interface Schedule {
  readonly id: string;
  readonly everyMs: number;
  readonly tick: TickJob;
}

/** One pull per system and interval. */
export function schedulesOf(systems: readonly Required<OdooSystem>[]): Schedule[] {
  return systems.map(({ id, sync_interval_seconds }) => ({
    id: `pull-${id}`,
    everyMs: sync_interval_seconds * 1_000,
    tick: { kind: 'pull', system: id },
  }));
}

/**
 * Makes Redis hold just these schedules. A scheduler is written only when it is missing, has another interval or has
 * stopped, for writing it makes it tick at once; those of removed systems go. Replicas do the same and meet in the ids.
 */
export async function reconcile(queue: Queue, wanted: readonly Schedule[], log: Log): Promise<void> {
  const present = new Map((await queue.getJobSchedulers(0, -1)).map((scheduler) => [scheduler.key, scheduler]));
  for (const schedule of wanted) {
    if (isSame(present.get(schedule.id), schedule)) continue;
    await queue.upsertJobScheduler(
      schedule.id,
      { every: schedule.everyMs },
      { name: schedule.tick.kind, data: schedule.tick },
    );
    log.info('schedule.set', { schedule: schedule.id, every_ms: schedule.everyMs });
  }
  const kept = new Set(wanted.map(({ id }) => id));
  for (const id of present.keys()) {
    if (kept.has(id) || !(await queue.removeJobScheduler(id))) continue;
    log.info('schedule.removed', { schedule: id });
  }
}

/** Each tick makes the next one: should that chain ever break, it is long overdue. */
const OVERDUE_MS = 60_000;

function isSame(present: JobSchedulerJson | undefined, { everyMs, tick }: Schedule): boolean {
  if (present?.next === undefined || present.every !== everyMs) return false;
  if (present.next + everyMs + OVERDUE_MS < Date.now()) return false;
  return JSON.stringify(present.template?.data) === JSON.stringify(tick);
}

/**
 * What a tick leads to. Jobs of a scheduler cannot be deduplicated, so a tick is only a request: a system whose run
 * waits or is under way gets no second one.
 */
export function workTick(pulls: Pick<Producer<{ system: string }>, 'add'>): (tick: TickJob) => Promise<JobReport> {
  return async ({ kind, system }) => {
    if (kind !== 'pull' || system === undefined) return { outcome: 'skipped', kind, reason: 'unknown to this version' };
    await pulls.add({ system }, { deduplication: { id: system } });
    return { kind, system, to: ODOO_PULL.name };
  };
}
