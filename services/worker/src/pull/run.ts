import { IsRedacted } from '@bridgecore/contracts';
import { Log } from '@bridgecore/runtime';
import { OdooClient } from '../odoo/odoo-client';
import { Stores } from '../record/record';

/** One run of one system. */
export interface Run {
  readonly system: string;
  readonly odoo: OdooClient;
  readonly stores: Stores;
  readonly log: Log;
  readonly isRedacted: IsRedacted;
  readonly limit: number;
  readonly fence: string;
  readonly correlationId: string;
  /** Aborted when the lock is lost: nothing more is committed. */
  readonly lost: AbortSignal;
  /** Aborted when the worker is to end: the page under way is finished, and no further one is begun. */
  readonly ended: AbortSignal;
  /** When the run has had its time, as `performance.now()` tells it; the page under way is finished too. */
  readonly deadline: number;
}

/** From where to where pages are read; a sweep ends at the cursor and does not move it. */
export interface Range {
  readonly from: number;
  readonly until: number;
  readonly movesCursor: boolean;
}
