import {
  DATA_SYNC,
  EventJob,
  MAINTENANCE,
  MaintenanceJob,
  ODOO_PULL,
  PullJob,
  redaction,
  WEBHOOK_EVENTS,
} from '@bridgecore/contracts';
import { databaseDependency } from '@bridgecore/database';
import { consume, Consumer, JobReport } from '@bridgecore/runtime';
import { MAINTENANCE_SLOTS, workMaintenanceJob } from './maintenance/maintenance-job';
import { maintenanceTasks } from './maintenance/tasks';
import { workPullJob } from './pull/pull-job';
import { aboutEventJob, workEventJob } from './record/event-job';
import { countSynced } from './sync/meters';
import { aboutSyncJob, workSyncJob } from './sync/sync-job';
import { WorkerDependencies, WorkerSettings, Workplace } from './workplace';

/** Binds each queue to the function that works it. */
export function consumeAll(config: WorkerSettings, given: WorkerDependencies, place: Workplace): Consumer[] {
  const { redis, pool, ended, count: counts } = place;
  const lockMs = config.WORKER_JOB_LOCK_SECONDS * 1_000;
  const queue = { redis, log: given.log, dependency: databaseDependency(pool, ended), counts, lockMs };
  return [
    consume({ ...queue, ...pushes(config, place) }),
    consume({ ...queue, ...pulls(config, given, place) }),
    consume({ ...queue, ...maintenance(config, given, place) }),
    consume({ ...queue, ...syncs(config, given, place) }),
  ];
}

function pushes(config: WorkerSettings, { stores }: Workplace) {
  return {
    definition: WEBHOOK_EVENTS,
    concurrency: config.WORKER_CONCURRENCY,
    work: (job: EventJob): Promise<JobReport> => workEventJob(job, stores),
    about: aboutEventJob,
    timeoutMs: config.WEBHOOK_JOB_TIMEOUT_SECONDS * 1_000, // recording goes on harmlessly: what it commits, the next attempt knows
  };
}

function pulls(config: WorkerSettings, { systems, log }: WorkerDependencies, place: Workplace) {
  const { stores, fastRedis, ended } = place;
  const isRedacted = redaction(config.REDACT_FIELDS);
  return {
    definition: ODOO_PULL,
    concurrency: Math.max(systems.size, 1), // one Odoo that hangs holds up no other
    work: workPullJob(systems, { stores, log, redis: fastRedis, isRedacted, ended, config }),
    about: ({ system, correlation_id }: PullJob): JobReport => ({ system, correlation_id }),
  };
}

function maintenance(config: WorkerSettings, given: WorkerDependencies, place: Workplace) {
  return {
    definition: MAINTENANCE,
    concurrency: MAINTENANCE_SLOTS,
    work: workMaintenanceJob(maintenanceTasks(config, given, place)),
    about: ({ kind, correlation_id }: MaintenanceJob): JobReport => ({ kind, correlation_id }),
  };
}

function syncs(config: WorkerSettings, { systems, syncModels, log, metrics }: WorkerDependencies, place: Workplace) {
  const { pool, fastRedis, ended } = place;
  const dependencies = {
    ...{ pool, redis: fastRedis, log, ended, models: syncModels, isRedacted: redaction(config.REDACT_FIELDS) },
    batch: config.DATA_SYNC_BATCH_SIZE,
    overlapSeconds: config.DATA_SYNC_OVERLAP_SECONDS,
    lockTtlMs: config.WORKER_JOB_LOCK_SECONDS * 1_000,
    count: countSynced(metrics),
  };
  return {
    definition: DATA_SYNC,
    concurrency: config.DATA_SYNC_CONCURRENCY,
    work: workSyncJob(systems, dependencies),
    about: aboutSyncJob,
  };
}
