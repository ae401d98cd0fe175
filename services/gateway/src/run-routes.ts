import { randomUUID } from 'node:crypto';
import { Request, Response, Router } from 'express';
import { DataSource } from 'typeorm';
import { BridgeError, DeclaredSystem, ODOO_PULL, PullJob } from '@bridgecore/contracts';
import { Producer } from '@bridgecore/runtime';
import { ensureAuditMonth, writeAudit } from './audit-entry';
import { authenticate } from './authenticate';
import { methodNotAllowed } from './error-handler';
import { ApiKey } from './keys';
import { locals } from './locals';
import { knownParameters, visibleSystem, withDatabase } from './operator-request';

/** What the routes that ask for runs work with. */
export interface RunRoutesDependencies {
  readonly database: () => DataSource;
  readonly keys: readonly ApiKey[];
  readonly systems: readonly DeclaredSystem[];
  readonly pulls: Pick<Producer<PullJob>, 'use'>;
}

const KINDS = ['pull', 'sweep'] as const;
type Kind = (typeof KINDS)[number];

/** Has a system pulled, or looked through for what was missed, before its time. A worker does it. */
export function runRoutes({ database, keys, systems, pulls }: RunRoutesDependencies): Router {
  const router = Router();
  const mayOperate = authenticate(keys, 'operate');
  for (const kind of KINDS) {
    const path = `/api/v1/systems/:id/${kind}`;
    router.post(path, mayOperate, async (req, res) => {
      knownParameters(req.query, []);
      const job = jobOf(kind, systemOf(req, res, systems), res);
      await withDatabase(() => ensureAuditMonth(database().manager)); // what cannot be written down is not begun
      const asked = await ask(pulls, job);
      const { system, key_id, correlation_id } = job;
      const entry = { action: `${kind}.requested`, system, key_id, correlation_id, detail: asked };
      await withDatabase(() => writeAudit(database().manager, entry));
      locals(res).report = { system, ...asked };
      res.status(202).set('Location', `/api/v1/jobs/${ODOO_PULL.name}/${asked.job_id}`);
      res.json({ ...asked, request_id: correlation_id });
    });
    router.all(path, methodNotAllowed('POST'));
  }
  return router;
}

/** A declared system that the key may see. */
function systemOf(req: Request, res: Response, systems: readonly DeclaredSystem[]): string {
  const id = String(req.params['id']);
  const { system: own = id } = visibleSystem(res);
  if (own === id && systems.some((system) => system.id === id)) return id;
  throw new BridgeError('NOT_FOUND', `There is no system ${id.slice(0, 64)}.`);
}

type AskedJob = PullJob & Required<Pick<PullJob, 'key_id' | 'correlation_id'>>;

function jobOf(kind: Kind, system: string, res: Response): AskedJob {
  const { key, requestId } = locals(res);
  return { system, ...(kind === 'sweep' ? { sweep: true } : {}), key_id: key?.id ?? '', correlation_id: requestId };
}

/** A job that waits or is under way, and whether it is ours. */
interface AskedFor {
  readonly job_id: string;
  readonly queue: string;
  readonly state: 'queued' | 'already_under_way';
}

/**
 * Where one waits or is under way, BullMQ adds none and answers with that one's id. A pull meets the scheduler's ticks so;
 * a sweep must not, for a pull may do without one. No system's id has a dot in it.
 */
async function ask(pulls: RunRoutesDependencies['pulls'], job: AskedJob): Promise<AskedFor> {
  const own = randomUUID();
  const id = job.sweep === true ? `sweep.${job.system}` : job.system;
  const added = await pulls.use((queue) => queue.add(ODOO_PULL.name, job, { jobId: own, deduplication: { id } }));
  const job_id = added.id ?? own;
  return { job_id, queue: ODOO_PULL.name, state: job_id === own ? 'queued' : 'already_under_way' };
}
