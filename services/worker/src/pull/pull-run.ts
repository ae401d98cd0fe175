import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { BridgeError, IsRedacted } from '@bridgecore/contracts';
import { JobReport, Log, withLock } from '@bridgecore/runtime';
import { OdooClient } from '../odoo/odoo-client';
import { Stores } from '../record/record';
import { beginRun, endSweep, RunStart } from './cursor';
import { Run } from './run';
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
  readonly isRedacted: IsRedacted;
  readonly lockTtlMs: number;
  readonly runMs: number;
  readonly sweepEvery: number;
  /** Aborted when the worker is to end. */
  readonly ended: AbortSignal;
}

/** After an idle run a sweep costs Odoo one empty page, so it may come often; not more than once in this time. */
const IDLE_SWEEP_MS = 60_000;

/**
 * One run: under the system's lock, from the cursor to Odoo's last page, and at times a sweep.
 *
 * The lock only spares two workers the same work. What makes a late holder harmless is the fence: beginning a run
 * raises it in PostgreSQL, and no commit of an earlier run holds after that.
 */
export async function pullRun(system: PulledSystem, dependencies: PullDependencies): Promise<JobReport> {
  const correlationId = randomUUID();
  const about = { system: system.id, correlation_id: correlationId };
  let report: JobReport = {};
  try {
    const { redis, lockTtlMs } = dependencies;
    const isMine = await withLock(redis, `odoo_sync:lock:${system.id}`, lockTtlMs, async (lost) => {
      report = await runLocked(system, dependencies, correlationId, lost);
    });
    return isMine ? { ...about, ...report } : { ...about, outcome: 'skipped', reason: 'another worker holds the lock' };
  } catch (error) {
    if (!(error instanceof BridgeError) || error.code !== 'FENCE_LOST') throw error;
    return { ...about, outcome: 'stopped', reason: error.message };
  }
}

async function runLocked(
  system: PulledSystem,
  { runMs, sweepEvery, ...given }: PullDependencies,
  correlationId: string,
  lost: AbortSignal,
): Promise<JobReport> {
  const { odoo, limit } = system;
  const start = await beginRun(given.stores.pool, system.id);
  const deadline = performance.now() + runMs;
  const run: Run = {
    ...given,
    ...{ system: system.id, odoo, limit, fence: start.fence, correlationId, lost, deadline },
  };
  const pulled = await walk(run, { from: start.lastEventId, until: Infinity, movesCursor: true });
  const swept = isSweepDue(start, pulled, sweepEvery) ? await sweep(run, start.lastEventId) : undefined;
  return { ...summary(pulled), ...(swept === undefined ? {} : { sweep: summary(swept) }) };
}

function isSweepDue({ runs, sweptAt }: RunStart, pulled: Walked, sweepEvery: number): boolean {
  if (runs % sweepEvery === 0) return true;
  return pulled.pages === 0 && (sweptAt === null || Date.now() - sweptAt.getTime() >= IDLE_SWEEP_MS);
}

/**
 * Looks behind the cursor for rows that Odoo still offers: those whose ids were drawn before and committed after it
 * had passed (`sequence-gap-late-commit`), and those whose acknowledgement was lost. Never raises the cursor; lowers
 * it to the highest id it saw when there was something new, so that a reset database is followed again.
 */
async function sweep(run: Run, cursor: number): Promise<Walked> {
  const swept = await walk(run, { from: 0, until: cursor, movesCursor: false });
  const { recorded = 0, joined = 0, dead = 0 } = swept.counts;
  await endSweep(run.stores.pool, run.system, run.fence, recorded + joined + dead > 0 ? swept.lastId : null);
  return swept;
}

function summary({ pages, events, counts, lastId, unacknowledged }: Walked): JobReport {
  return { pages, events, ...counts, last_event_id: lastId, ...(unacknowledged > 0 ? { unacknowledged } : {}) };
}
