import { BridgeError, IsRedacted } from '@bridgecore/contracts';
import { OdooClient } from '@bridgecore/odoo';
import { Log } from '@bridgecore/runtime';
import { PullMeter } from '../meters/pull-meter';
import { Stores } from '../record/record';

/** One run of one system. */
export interface Run {
  readonly system: string;
  readonly odoo: OdooClient;
  readonly stores: Stores;
  readonly log: Log;
  readonly meter?: PullMeter | undefined;
  readonly isRedacted: IsRedacted;
  readonly limit: number;
  readonly fence: string;
  readonly correlationId: string;
  /** Aborted when the lock is lost: nothing more is asked, committed or acknowledged. */
  readonly lost: AbortSignal;
  /** Aborted when the worker is to end: the page under way is finished, and no further one is begun. */
  readonly ended: AbortSignal;
  /** Break off what is asked of Odoo: a page by all of these, an acknowledgement not by the end of the worker. */
  readonly calls: CallSignals;
  /** When the run has had its time, as `performance.now()` tells it; the page under way is finished too. */
  readonly deadline: number;
  /** Counts the rows whose ids were other rows' before: Odoo's database was reset. */
  readonly reset: { rows: number };
}

/** What breaks off the calls of a run. */
export interface CallSignals {
  readonly pull: AbortSignal;
  readonly acknowledge: AbortSignal;
}

/** From where to where pages are read; a sweep ends at the cursor and does not move it. */
export interface Range {
  readonly from: number;
  readonly until: number;
  readonly movesCursor: boolean;
}

/** Throws when the lock is lost. What would slip through between this and a commit is held by the fence. */
export function stopIfLost({ lost, system }: Pick<Run, 'lost' | 'system'>): void {
  if (lost.aborted) throw new BridgeError('FENCE_LOST', `The run of ${system} has lost its lock.`);
}

/** A call of Odoo for a run that still holds its lock; one that was broken off by the loss is told as the loss. */
export async function ask<T>(run: Run, call: (odoo: OdooClient, calls: CallSignals) => Promise<T>): Promise<T> {
  stopIfLost(run);
  try {
    return await call(run.odoo, run.calls);
  } catch (error) {
    stopIfLost(run);
    throw error;
  }
}

/** Gives `work` the signals of its calls; when it is over, what is still asked of Odoo (the next page) is broken off. */
export async function withCallSignals<T>(
  { lost, ended }: Pick<Run, 'lost' | 'ended'>,
  work: (calls: CallSignals) => Promise<T>,
): Promise<T> {
  const [pull, acknowledge] = [new AbortController(), new AbortController()];
  const stopPull = (): void => {
    pull.abort();
  };
  const stopAll = (): void => {
    pull.abort();
    acknowledge.abort();
  };
  lost.addEventListener('abort', stopAll);
  ended.addEventListener('abort', stopPull);
  try {
    return await work({ pull: pull.signal, acknowledge: acknowledge.signal });
  } finally {
    stopAll();
    ended.removeEventListener('abort', stopPull);
  }
}
