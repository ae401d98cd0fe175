import { randomUUID } from 'node:crypto';
import { Response, Router } from 'express';
import { DataSource } from 'typeorm';
import { BridgeError, DataSyncJob, DataSyncRequest, invalid, parse, parseDataSyncRequest } from '@bridgecore/contracts';
import { Producer } from '@bridgecore/runtime';
import { authenticate } from './authenticate';
import { RECORD_PARAMETERS, RecordQuery, RUN_PARAMETERS, RunQuery } from './data-sync-query';
import { findRun, listRecords, listRuns, RunRow, runWithResult } from './data-sync-runs';
import { methodNotAllowed } from './error-handler';
import { jsonBody } from './json-body';
import { ApiKey } from './keys';
import { locals } from './locals';
import { knownParameters, withDatabase } from './operator-request';

/** What the routes of data syncs work with. */
export interface DataSyncRoutesDependencies {
  readonly database: () => DataSource;
  readonly keys: readonly ApiKey[];
  /** The declared systems. */
  readonly systems: ReadonlySet<string>;
  readonly syncs: Pick<Producer<DataSyncJob>, 'add' | 'use'>;
}

const ALL = '/api/v1/data-sync';
const ONE = `${ALL}/:id`;
const MAX_BODY_BYTES = 64 * 1024;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Starts syncs between two Odoos, and tells how they stand. A worker does them. */
export function dataSyncRoutes({ database, keys, systems, syncs }: DataSyncRoutesDependencies): Router {
  const router = Router();
  const mayOperate = authenticate(keys, 'operate');

  router.post(ALL, mayOperate, ...jsonBody(MAX_BODY_BYTES), async (req, res) => {
    assertForAll(res);
    const request = parseDataSyncRequest(req.body);
    assertDeclared(request, systems);
    const { key, requestId } = locals(res);
    const asked = { requested_at: new Date().toISOString(), key_id: key?.id ?? null, correlation_id: requestId };
    const job: DataSyncJob = { ...request, id: randomUUID(), ...asked };
    await syncs.add(job, { jobId: job.id });
    locals(res).report = { run_id: job.id, model: job.model, dry_run: job.dry_run };
    res.status(202).set('Location', `${ALL}/${job.id}`);
    res.json({ job_id: job.id, state: 'waiting', request_id: requestId });
  });

  router.get(ALL, mayOperate, async (req, res) => {
    assertForAll(res);
    const { limit } = parse(RunQuery, knownParameters(req.query, RUN_PARAMETERS), 'QUERY_INVALID');
    res.json({ runs: await withDatabase(() => listRuns(database(), limit)) });
  });

  router.get(ONE, mayOperate, async (req, res) => {
    assertForAll(res);
    const id = idOf(req.params.id);
    const row = await withDatabase(() => findRun(database(), id));
    const job = row?.state === 'done' || row?.state === 'failed' ? null : await look(syncs, id, row);
    if (row === null) res.json(waitingRun(id, job));
    else res.json({ ...(await withDatabase(() => runWithResult(database(), row))), ...overrule(row, job) });
  });

  router.get(`${ONE}/records`, mayOperate, async (req, res) => {
    assertForAll(res);
    const id = idOf(req.params.id);
    const query = parse(RecordQuery, knownParameters(req.query, RECORD_PARAMETERS), 'QUERY_INVALID');
    res.json(await withDatabase(() => listRecords(database(), id, query)));
  });

  router.all(ALL, methodNotAllowed('GET, HEAD, POST'));
  router.all([ONE, `${ONE}/records`], methodNotAllowed('GET, HEAD'));
  return router;
}

/** A sync concerns two systems, and brings what its key may not see otherwise. */
function assertForAll(res: Response): void {
  const own = locals(res).key?.system;
  if (own !== undefined)
    throw new BridgeError('FORBIDDEN', `This key sees only the system "${own}"; a sync concerns two.`);
}

function assertDeclared(request: DataSyncRequest, systems: ReadonlySet<string>): void {
  const fields = ['source_system_id', 'target_system_id'] as const;
  const known = [...systems].join(', ');
  const unknown = fields.filter((field) => !systems.has(request[field]));
  if (unknown.length > 0) {
    throw invalid(unknown.map((field) => ({ field, message: `is not a system here; there are ${known}` })));
  }
}

function idOf(given: unknown): string {
  const id = String(given).toLowerCase();
  if (!UUID.test(id)) throw unknownRun(id);
  return id;
}

function unknownRun(id: string): BridgeError {
  return new BridgeError('NOT_FOUND', `There is no data sync ${id.slice(0, 50)}.`);
}

/** A job as the queue has it. */
interface QueuedJob {
  readonly data: DataSyncJob;
  readonly isFailed: boolean;
  readonly reason: string | undefined;
}

/** Null when nobody could say; undefined when there is no such job. Redis away is no reason not to tell what PostgreSQL knows. */
async function look(
  syncs: DataSyncRoutesDependencies['syncs'],
  id: string,
  row: RunRow | null,
): Promise<QueuedJob | null | undefined> {
  try {
    return await syncs.use(async (queue) => {
      const job = await queue.getJob(id);
      if (job === undefined) return undefined;
      return { data: job.data as DataSyncJob, isFailed: await job.isFailed(), reason: job.failedReason };
    });
  } catch (error) {
    if (row === null) throw error;
    return null;
  }
}

/** What no worker has begun. */
function waitingRun(id: string, job: QueuedJob | null | undefined): object {
  if (job == null) throw unknownRun(id);
  const { source_system_id, target_system_id, model } = job.data;
  const asked = { job_id: id, state: job.isFailed ? 'failed' : 'waiting', source_system_id, target_system_id, model };
  return { ...asked, progress: null, result: null, error: job.reason ?? null };
}

/** The queue knows better when it has given the job up, or does not know it any more. */
function overrule({ state }: RunRow, job: QueuedJob | null | undefined): object {
  if (job === null || state === 'done' || state === 'failed') return {};
  if (job === undefined) return { state: 'failed', error: LOST };
  return job.isFailed ? { state: 'failed', error: job.reason } : {};
}

const LOST = 'The queue does not know the job any more (was Redis emptied?). Ask again: it goes on where it was.';
