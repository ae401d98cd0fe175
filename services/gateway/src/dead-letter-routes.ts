import { RequestHandler, Response, Router } from 'express';
import { DataSource } from 'typeorm';
import { BridgeError, EventJob, MAX_REPLAYS_PER_JOB, parse } from '@bridgecore/contracts';
import { authenticate } from './authenticate';
import { DEAD_LETTER_PARAMETERS, DeadLetterFilter, DeadLetterQuery } from './dead-letter-query';
import { parseBulkReplay, parseDiscard } from './dead-letter-query';
import * as letters from './dead-letters';
import { methodNotAllowed } from './error-handler';
import { jsonBody } from './json-body';
import { ApiKey } from './keys';
import { locals } from './locals';
import { knownParameters, visibleSystem, withDatabase } from './operator-request';

/** What the routes of the dead letters work with. */
export interface DeadLetterRoutesDependencies {
  readonly database: () => DataSource;
  readonly keys: readonly ApiKey[];
  /** Puts a wish to replay into the queue, behind all that is live. */
  readonly addReplay: (job: EventJob) => Promise<void>;
}

const ALL = '/api/v1/dead-letters';
const ONE = `${ALL}/:id`;
const MAX_BODY_BYTES = 16 * 1024;
/** So many ids are read at a time. */
const PAGE = MAX_REPLAYS_PER_JOB * 10;

/** Lists, shows, replays and discards what could not be recorded. A replay is a job: the worker does it. */
export function deadLetterRoutes({ database, keys, addReplay }: DeadLetterRoutesDependencies): Router {
  const router = Router();
  const mayRead = authenticate(keys, 'read');
  const mayOperate = authenticate(keys, 'operate');
  const readBody = whenThereIs(jsonBody(MAX_BODY_BYTES));

  router.get(ALL, mayRead, async (req, res) => {
    const query = parse(DeadLetterQuery, knownParameters(req.query, DEAD_LETTER_PARAMETERS), 'QUERY_INVALID');
    const visible = { ...query, ...visibleSystem(res, query.system) };
    res.json(
      await withDatabase(async () => ({
        ...(await letters.listDeadLetters(database(), visible)),
        open: await letters.countOpen(database(), visible),
      })),
    );
  });

  router.post(`${ALL}/replay`, mayOperate, ...jsonBody(MAX_BODY_BYTES), async (req, res) => {
    const { filter: asked, dry_run } = parseBulkReplay(req.body);
    const filter = { ...asked, ...visibleSystem(res, asked.system) };
    const by = operator(res);
    const count = await withDatabase(() =>
      dry_run ? letters.countOpen(database(), filter) : replayAll(database(), filter, by, addReplay),
    );
    locals(res).report = { dry_run, dead_letters: count };
    res.status(dry_run ? 200 : 202).json({ dry_run, count, request_id: by.correlation_id });
  });
  router.all(`${ALL}/replay`, methodNotAllowed('POST'));

  router.get(ONE, mayRead, async (req, res) => {
    const id = idOf(req.params.id);
    const story = await withDatabase(() => letters.deadLetterStory(database(), id, visibleSystem(res).system));
    if (story === null) throw new BridgeError('NOT_FOUND', `There is no dead letter ${id}.`);
    res.json(story);
  });

  router.post(`${ONE}/replay`, mayOperate, async (req, res) => {
    const id = idOf(req.params.id);
    const by = operator(res);
    await withDatabase(() => letters.noteReplay(database(), id, by));
    await addReplay(jobOf([id], by));
    res.status(202).json({ id, count: 1, request_id: by.correlation_id });
  });

  router.post(`${ONE}/discard`, mayOperate, ...readBody, async (req, res) => {
    const id = idOf(req.params.id);
    const by = operator(res);
    const { reason } = parseDiscard(req.body);
    await withDatabase(() => letters.discard(database(), id, by, reason));
    res.json({ id, status: 'discarded', request_id: by.correlation_id });
  });

  router.all([ALL, ONE], methodNotAllowed('GET, HEAD'));
  router.all([`${ONE}/replay`, `${ONE}/discard`], methodNotAllowed('POST'));
  return router;
}

/** Page by page: broken off halfway, those that were not asked for are still open, and can be asked for again. */
async function replayAll(
  source: DataSource,
  filter: DeadLetterFilter,
  by: letters.Operator,
  addReplay: (job: EventJob) => Promise<void>,
): Promise<number> {
  await letters.noteBulkReplay(source, by, { filter });
  let count = 0;
  for (let after = '0'; ;) {
    const ids = await letters.openIds(source, filter, after, PAGE);
    for (let at = 0; at < ids.length; at += MAX_REPLAYS_PER_JOB) {
      await addReplay(jobOf(ids.slice(at, at + MAX_REPLAYS_PER_JOB), by));
    }
    count += ids.length;
    after = ids.at(-1) ?? after;
    if (ids.length < PAGE) return count;
  }
}

function jobOf(ids: readonly string[], { key_id, correlation_id }: letters.Operator): EventJob {
  return { events: [], rejected: [], replay: { ids, key_id, correlation_id } };
}

function operator(res: Response): letters.Operator {
  const { key, requestId } = locals(res);
  return { key_id: key?.id ?? '', correlation_id: requestId, ...visibleSystem(res) };
}

function idOf(given: unknown): string {
  const id = String(given);
  if (!/^\d{1,18}$/.test(id)) throw new BridgeError('NOT_FOUND', `There is no dead letter ${id.slice(0, 50)}.`);
  return id;
}

/** Reads a body that may be missing. */
export function whenThereIs(handlers: readonly RequestHandler[]): RequestHandler[] {
  return handlers.map((handler) => (req, res, next) => {
    const isEmpty = req.get('transfer-encoding') === undefined && Number(req.get('content-length') ?? 0) === 0;
    if (isEmpty) next();
    else void handler(req, res, next);
  });
}
