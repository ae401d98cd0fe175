import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { BridgeError, IsRedacted, PULL_UNDER_WAY } from '@bridgecore/contracts';
import { isTrouble, OdooClient, OdooTrouble } from '@bridgecore/odoo';
import { JobReport, Log, withLock } from '@bridgecore/runtime';
import { heedRetryAfter, pausedUntil } from '../odoo/pause';
import { PullMeter } from '../meters/pull-meter';
import { Stores } from '../record/record';
import { beginRun, noteSuccess } from './cursor';
import { Run, withCallSignals } from './run';
import { isSweepDue, sweep } from './sweep';
import { walk, Walked } from './walk';

/** One Odoo, with what it takes to pull it. */
export interface PulledSystem {
  readonly id: string;
  readonly odoo: OdooClient;
  readonly limit: number;
}

/** What every run works with. */
export interface PullDependencies {
  readonly redis: Redis;
  readonly stores: Stores;
  readonly log: Log;
  readonly meter?: PullMeter | undefined;
  readonly isRedacted: IsRedacted;
  readonly lockTtlMs: number;
  readonly runMs: number;
  readonly sweepEvery: number;
  /** Aborted when the worker is to end. */
  readonly ended: AbortSignal;
}

/** What a run is to be, beside what every run is. */
export interface RunWish {
  readonly correlationId: string;
  /** It sweeps although no sweep is due, and has its whole time for that once more. */
  readonly sweep: boolean;
  /** What is in its way for a moment (another run, say) makes it fail with `JOB_POSTPONED`. */
  readonly waits: boolean;
}

/** A run because it was time: what is in its way makes it leave all to the next one. */
const onTime = (): RunWish => ({ correlationId: randomUUID(), sweep: false, waits: false });

/** So long a run that waits is put off; a page of another's run may take as long. */
const POSTPONED_SECONDS = 2;

/**
 * One run: under the system's lock, from the cursor to Odoo's last page, and at times a sweep. When the worker is to end
 * it stops after the page in hand, and another worker goes on.
 *
 * The lock only spares two workers the same work. What makes a late holder harmless is the fence: beginning a run
 * raises it in PostgreSQL, and no commit of an earlier run holds after that. Losing either stops the run at once.
 */
export async function pullRun(
  system: PulledSystem,
  dependencies: PullDependencies,
  wish: RunWish = onTime(),
): Promise<JobReport> {
  const about = { system: system.id, correlation_id: wish.correlationId };
  const until = await pausedUntil({ redis: dependencies.redis, system: system.id });
  if (until !== null) return { ...about, outcome: 'skipped', reason: 'Odoo asked to be left alone', until };
  let report: JobReport = {};
  try {
    const { redis, lockTtlMs } = dependencies;
    const isMine = await withLock(redis, `odoo_sync:lock:${system.id}`, lockTtlMs, async (lost) => {
      report = await runLocked(system, dependencies, wish, lost);
    });
    return { ...about, ...(isMine ? report : notNow(wish, 'skipped', PULL_UNDER_WAY)) };
  } catch (error) {
    return { ...about, ...reportOf(error, wish) };
  }
}

/** The report of a run that something is in the way of; one that waits comes again instead. */
function notNow({ waits }: RunWish, outcome: 'skipped' | 'stopped', reason: string): JobReport {
  if (waits) throw new BridgeError('JOB_POSTPONED', reason, { retryAfterSeconds: POSTPONED_SECONDS });
  return { outcome, reason };
}

const NOT_ASKED: ReadonlySet<OdooTrouble> = new Set(['open']);

/** A run that was overtaken, or that an open breaker has kept from asking, is no failure; anything else is. */
function reportOf(error: unknown, wish: RunWish): JobReport {
  if (isTrouble(error, NOT_ASKED)) return { outcome: 'skipped', reason: error.message };
  if (!(error instanceof BridgeError) || error.code !== 'FENCE_LOST') throw error;
  return notNow(wish, 'stopped', error.message);
}

async function runLocked(
  system: PulledSystem,
  { runMs, sweepEvery, redis, ...given }: PullDependencies,
  wish: RunWish,
  lost: AbortSignal,
): Promise<JobReport> {
  const { id, limit } = system;
  const { correlationId } = wish;
  const { log, ended } = given;
  const start = await beginRun(given.stores.pool, id);
  const deadline = performance.now() + runMs;
  const odoo = heedRetryAfter(system.odoo, { redis, system: id, log });
  const identity = { system: id, odoo, limit, fence: start.fence, correlationId };
  return withCallSignals({ lost, ended }, async (calls) => {
    const run: Run = { ...given, ...identity, lost, calls, deadline, reset: { rows: 0 } };
    try {
      const pulled = await walk(run, { from: start.lastEventId, until: Infinity, movesCursor: true });
      run.meter?.unacknowledged(id, pulled.unacknowledged);
      if (ended.aborted) return { ...summary(pulled), ...INTERRUPTED }; // perhaps not a page was asked for
      await noteSuccess(given.stores.pool, id, start.fence);
      if (!wish.sweep && !isSweepDue(start, pulled, sweepEvery)) return summary(pulled);
      const sweeping = wish.sweep ? { ...run, deadline: performance.now() + runMs } : run;
      const swept = await sweep(sweeping, start.lastEventId);
      run.meter?.unacknowledged(id, pulled.unacknowledged + swept.unacknowledged);
      return { ...summary(pulled), sweep: summary(swept), ...(wish.sweep && isEnding(ended) ? INTERRUPTED : {}) };
    } finally {
      warnOfReset(run);
    }
  });
}

/** Asked by a function, since the compiler cannot know that it changes while we wait. */
const isEnding = (ended: AbortSignal): boolean => ended.aborted;

/** The worker is to end: what was done so far is safe, and another worker does the rest. */
const INTERRUPTED: JobReport = { outcome: 'interrupted' };

/** The events are safe; but who reset a database under a running hub should know, and who did not even more. */
function warnOfReset({ log, system, correlationId, reset }: Run): void {
  if (reset.rows === 0) return;
  const hint = 'ids of this Odoo come again with other content: was its database reset or restored?';
  log.warn('odoo.database_reset', { system, correlation_id: correlationId, rows: reset.rows, hint });
}

function summary({ pages, events, counts, lastId, unacknowledged }: Walked): JobReport {
  return { pages, events, ...counts, last_event_id: lastId, ...(unacknowledged > 0 ? { unacknowledged } : {}) };
}
