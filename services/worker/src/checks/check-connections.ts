import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { CheckedSystem, CheckOptions, checkSystem, isTrouble, OdooTrouble } from '@bridgecore/odoo';
import { JobReport } from '@bridgecore/runtime';
import { MaintenanceTask } from '../maintenance/maintenance-job';
import { noteRetryAfter, pausedUntil } from '../odoo/pause';
import { compare, CompletenessOptions } from './completeness';
import { saveCheck } from './store';

/** What the check of all systems works with. */
export interface CheckDependencies extends Omit<CheckOptions, 'failed'>, CompletenessOptions {
  readonly systems: readonly CheckedSystem[];
  readonly redis: Redis;
}

type Ended = 'ok' | 'degraded' | 'down' | 'paused' | 'stopped';

const ABORTED: ReadonlySet<OdooTrouble> = new Set(['aborted']);

/**
 * Looks at every declared Odoo at the same time, and keeps what is found of each as soon as it is known: one that hangs
 * holds up no other. One that asked to be left alone is: what was known of it stays.
 */
export function checkConnections(dependencies: CheckDependencies): MaintenanceTask {
  return async ({ correlation_id }) => {
    const correlationId = correlation_id ?? randomUUID();
    const checks = dependencies.systems.map((system) => checkOne(system, correlationId, dependencies));
    const settled = await Promise.allSettled(checks);
    const report: JobReport = { correlation_id: correlationId };
    for (const one of settled) {
      if (one.status === 'rejected') throw one.reason; // all have ended: trying again harms none that is under way
      report[one.value] = Number(report[one.value] ?? 0) + 1;
    }
    return report;
  };
}

async function checkOne(system: CheckedSystem, correlationId: string, given: CheckDependencies): Promise<Ended> {
  const { redis, log, pool } = given;
  const { id } = system.declared;
  const about = { system: id, correlation_id: correlationId };
  const until = await pausedUntil({ redis, system: id });
  if (until !== null) {
    log.info('system.check', { ...about, outcome: 'skipped', reason: 'Odoo asked to be left alone', until });
    return 'paused';
  }
  const startedAt = performance.now();
  try {
    const failed = (failure: Error): Promise<boolean> => noteRetryAfter(failure, { redis, system: id, log });
    const { state, snapshot, findings: asked } = await checkSystem(system, { ...given, failed });
    const { completeness, kept } = await compare(id, snapshot, given);
    const findings = { ...asked, ...completeness };
    const { hasChanged } = await saveCheck(pool, id, { state, findings, snapshot: kept }, correlationId);
    const line = { ...about, outcome: state, changed: hasChanged, ...findings };
    log[state === 'ok' ? 'info' : 'warn']('system.check', {
      ...line,
      duration_ms: Math.round(performance.now() - startedAt),
    });
    return state;
  } catch (error) {
    if (isTrouble(error, ABORTED)) return 'stopped'; // the worker ends; the scheduler asks again when it is time
    throw error;
  }
}
