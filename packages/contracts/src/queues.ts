import { DataSyncJob } from './data-sync';
import { EventJob, MaintenanceJob, PullJob, TickJob } from './jobs';
import { parseDataSyncJob, parseEventJob, parseMaintenanceJob, parsePullJob, parseTickJob } from './jobs';

/** A queue as both its ends see it: what travels through it, and how hard the worker tries. */
export interface QueueDefinition<Payload extends object> {
  readonly name: string;
  /** Checks what a job holds; its producer may be last week's version, or next week's. */
  readonly parse: (data: unknown) => Payload;
  readonly attempts: number;
  /** The first pause; it doubles from try to try, with jitter. */
  readonly backoffMs: number;
  /** Finished jobs kept to look at. Failed ones of `webhook-events` are never trimmed: they are not recorded yet. */
  readonly keepCompleted: number;
  readonly keepFailed: number | 'all';
}

export const WEBHOOK_EVENTS: QueueDefinition<EventJob> = {
  name: 'webhook-events',
  parse: parseEventJob,
  attempts: 8, // by default (`WEBHOOK_JOB_ATTEMPTS`), doubling from 1 s: two minutes in all, longer than a restart of PostgreSQL
  backoffMs: 1_000,
  keepCompleted: 100, // of up to 256 KiB each
  keepFailed: 'all',
};

/** Jobs without a priority go before all that have one: replays give way to live events. */
export const REPLAY_PRIORITY = 10;

export const ODOO_PULL: QueueDefinition<PullJob> = {
  name: 'odoo-pull',
  parse: parsePullJob,
  attempts: 1, // the next tick is the retry
  backoffMs: 1_000,
  keepCompleted: 200,
  keepFailed: 200,
};

export const DATA_SYNC: QueueDefinition<DataSyncJob> = {
  name: 'data-sync',
  parse: parseDataSyncJob,
  attempts: 10, // in a row without a page done, doubling from 5 s: 40 minutes in all
  backoffMs: 5_000,
  keepCompleted: 200,
  keepFailed: 200,
};

export const MAINTENANCE: QueueDefinition<MaintenanceJob> = {
  name: 'maintenance',
  parse: parseMaintenanceJob,
  attempts: 3, // the next tick may be a day away
  backoffMs: 5_000,
  keepCompleted: 100,
  keepFailed: 100,
};

export const TICKS: QueueDefinition<TickJob> = {
  name: 'ticks',
  parse: parseTickJob,
  attempts: 1,
  backoffMs: 1_000,
  keepCompleted: 100,
  keepFailed: 100,
};

/** Every queue there is: what is counted, and shown to operators. */
export const QUEUES: readonly QueueDefinition<object>[] = [WEBHOOK_EVENTS, ODOO_PULL, TICKS, MAINTENANCE, DATA_SYNC];
