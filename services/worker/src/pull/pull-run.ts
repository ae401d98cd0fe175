import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { BridgeError, IsRedacted } from '@bridgecore/contracts';
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

/**
 * One run: under the system's lock, from the cursor to Odoo's last page, and at times a sweep.
 *
 * The lock only spares two workers the same work. What makes a late holder harmless is the fence: beginning a run
 * raises it in PostgreSQL, and no commit of an earlier run holds after that. Losing either stops the run at once.
 */
export async function pullRun(
  system: PulledSystem,
  dependencies: PullDependencies,
  correlationId: string = randomUUID(),
): Promise<JobReport> {
  const about = { system: system.id, correlation_id: correlationId };
  const until = await pausedUntil({ redis: dependencies.redis, system: system.id });
  if (until !== null) return { ...about, outcome: 'skipped', reason: 'Odoo asked to be left alone', until };
  let report: JobReport = {};
  try {
    const { redis, lockTtlMs } = dependencies;
    const isMine = await withLock(redis, `odoo_sync:lock:${system.id}`, lockTtlMs, async (lost) => {
      report = await runLocked(system, dependencies, correlationId, lost);
    });
    return isMine ? { ...about, ...report } : { ...about, outcome: 'skipped', reason: 'another worker holds the lock' };
  } catch (error) {
    return { ...about, ...reportOf(error) };
  }
}

const NOT_ASKED: ReadonlySet<OdooTrouble> = new Set(['open']);

/** A run that was overtaken, or that an open breaker has kept from asking, is no failure; anything else is. */
function reportOf(error: unknown): JobReport {
  if (isTrouble(error, NOT_ASKED)) return { outcome: 'skipped', reason: error.message };
  if (!(error instanceof BridgeError) || error.code !== 'FENCE_LOST') throw error;
  return { outcome: 'stopped', reason: error.message };
}

async function runLocked(
  system: PulledSystem,
  { runMs, sweepEvery, redis, ...given }: PullDependencies,
  correlationId: string,
  lost: AbortSignal,
): Promise<JobReport> {
  const { id, limit } = system;
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
      if (ended.aborted) return summary(pulled); // perhaps not a page was asked for
      await noteSuccess(given.stores.pool, id, start.fence);
      if (!isSweepDue(start, pulled, sweepEvery)) return summary(pulled);
      const swept = await sweep(run, start.lastEventId);
      run.meter?.unacknowledged(id, pulled.unacknowledged + swept.unacknowledged);
      return { ...summary(pulled), sweep: summary(swept) };
    } finally {
      warnOfReset(run);
    }
  });
}

/** The events are safe; but who reset a database under a running hub should know, and who did not even more. */
function warnOfReset({ log, system, correlationId, reset }: Run): void {
  if (reset.rows === 0) return;
  const hint = 'ids of this Odoo come again with other content: was its database reset or restored?';
  log.warn('odoo.database_reset', { system, correlation_id: correlationId, rows: reset.rows, hint });
}

function summary({ pages, events, counts, lastId, unacknowledged }: Walked): JobReport {
  return { pages, events, ...counts, last_event_id: lastId, ...(unacknowledged > 0 ? { unacknowledged } : {}) };
}
