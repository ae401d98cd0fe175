import { randomUUID } from 'node:crypto';
import { Response, Router } from 'express';
import { DataSource } from 'typeorm';
import { BridgeError, MAINTENANCE, MaintenanceJob, parse } from '@bridgecore/contracts';
import { Producer } from '@bridgecore/runtime';
import { AUDIT_PARAMETERS, AuditQuery } from './audit-query';
import { listAudit } from './audit-rows';
import { authenticate } from './authenticate';
import { methodNotAllowed } from './error-handler';
import { ApiKey } from './keys';
import { locals } from './locals';
import { knownParameters, visibleSystem, withDatabase } from './operator-request';

/** What the routes of the audit work with. */
export interface AuditRoutesDependencies {
  readonly database: () => DataSource;
  readonly keys: readonly ApiKey[];
  readonly maintenance: Pick<Producer<MaintenanceJob>, 'use'>;
}

const ALL = '/api/v1/audit';
const CLEAN_UP = `${ALL}/clean-up`;

/** Shows the audit, and has what is too old removed before its time of day comes. The worker does it. */
export function auditRoutes({ database, keys, maintenance }: AuditRoutesDependencies): Router {
  const router = Router();

  router.get(ALL, authenticate(keys, 'read'), async (req, res) => {
    const query = parse(AuditQuery, knownParameters(req.query, AUDIT_PARAMETERS), 'QUERY_INVALID');
    const system = visibleSystem(res, query.system);
    res.json(await withDatabase(() => listAudit(database(), { ...query, ...system })));
  });
  router.all(ALL, methodNotAllowed('GET, HEAD'));

  router.post(CLEAN_UP, authenticate(keys, 'operate'), async (req, res) => {
    knownParameters(req.query, []);
    const asked = await askForCleanUp(maintenance, wishOf(res));
    locals(res).report = { ...asked };
    res.status(202).json({ ...asked, request_id: locals(res).requestId });
  });
  router.all(CLEAN_UP, methodNotAllowed('POST'));
  return router;
}

/** It removes what is of any system. */
function wishOf(res: Response): MaintenanceJob {
  const { key, requestId } = locals(res);
  if (key?.system !== undefined) {
    throw new BridgeError('FORBIDDEN', `This key speaks for the system "${key.system}"; a clean-up is of all.`);
  }
  return { kind: 'clean-up', key_id: key?.id ?? null, correlation_id: requestId };
}

/** A job that waits or is under way, and whether it is ours. */
interface AskedFor {
  readonly job_id: string;
  readonly state: 'queued' | 'already_under_way';
}

/** Where one waits or is under way, BullMQ adds none and answers with that one's id. The scheduler's ticks ask likewise. */
async function askForCleanUp(
  maintenance: AuditRoutesDependencies['maintenance'],
  wish: MaintenanceJob,
): Promise<AskedFor> {
  const own = randomUUID();
  const options = { jobId: own, deduplication: { id: wish.kind } };
  const job = await maintenance.use((queue) => queue.add(MAINTENANCE.name, wish, options));
  const job_id = job.id ?? own;
  return { job_id, state: job_id === own ? 'queued' : 'already_under_way' };
}
