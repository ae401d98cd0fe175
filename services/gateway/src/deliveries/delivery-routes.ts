import { Response, Router } from 'express';
import { DataSource } from 'typeorm';
import { BridgeError, parse } from '@bridgecore/contracts';
import { authenticate } from '../authenticate';
import { parseDiscard } from '../dead-letter-query';
import { whenThereIs } from '../dead-letter-routes';
import { Operator } from '../dead-letters';
import { methodNotAllowed } from '../error-handler';
import { jsonBody } from '../json-body';
import { ApiKey } from '../keys';
import { locals } from '../locals';
import { knownParameters, visibleSystem, withDatabase } from '../operator-request';
import { discard, replay, replayAll } from './change-deliveries';
import { countDead, deliveryStory, listDeliveries } from './deliveries';
import { DELIVERY_PARAMETERS, DeliveryQuery, parseReplayAll } from './delivery-query';

/** What the routes of the deliveries work with. */
export interface DeliveryRoutesDependencies {
  readonly database: () => DataSource;
  readonly keys: readonly ApiKey[];
}

const ALL = '/api/v1/deliveries';
const ONE = `${ALL}/:id`;
const MAX_BODY_BYTES = 16 * 1024;

/** Lists, shows, replays and discards what subscriptions are sent. What waits, workers find by themselves within a second. */
export function deliveryRoutes({ database, keys }: DeliveryRoutesDependencies): Router {
  const router = Router();
  const mayRead = authenticate(keys, 'read');
  const mayOperate = authenticate(keys, 'operate');

  router.get(ALL, mayRead, async (req, res) => {
    const query = parse(DeliveryQuery, knownParameters(req.query, DELIVERY_PARAMETERS), 'QUERY_INVALID');
    const visible = { ...query, ...visibleSystem(res, query.system) };
    res.json(await withDatabase(() => listDeliveries(database().manager, visible)));
  });

  router.post(`${ALL}/replay`, mayOperate, ...jsonBody(MAX_BODY_BYTES), async (req, res) => {
    const { filter: asked, dry_run } = parseReplayAll(req.body);
    const filter = { ...asked, ...visibleSystem(res, asked.system) };
    const by = operator(res);
    const count = await withDatabase(() =>
      dry_run ? countDead(database().manager, filter) : replayAll(database(), filter, by),
    );
    locals(res).report = { dry_run, deliveries: count };
    res.json({ dry_run, count, request_id: by.correlation_id });
  });
  router.all(`${ALL}/replay`, methodNotAllowed('POST'));

  router.get(ONE, mayRead, async (req, res) => {
    const id = idOf(req.params.id);
    const story = await withDatabase(() => deliveryStory(database().manager, id, visibleSystem(res).system));
    if (story === null) throw new BridgeError('NOT_FOUND', `There is no delivery ${id}.`);
    res.json(story);
  });

  router.post(`${ONE}/replay`, mayOperate, async (req, res) => {
    const id = idOf(req.params.id);
    res.json(await withDatabase(() => replay(database(), id, operator(res))));
  });

  router.post(`${ONE}/discard`, mayOperate, ...whenThereIs(jsonBody(MAX_BODY_BYTES)), async (req, res) => {
    const id = idOf(req.params.id);
    const { reason } = parseDiscard(req.body, 'REQUEST_INVALID');
    res.json(await withDatabase(() => discard(database(), id, operator(res), reason)));
  });

  router.all([ALL, ONE], methodNotAllowed('GET, HEAD'));
  router.all([`${ONE}/replay`, `${ONE}/discard`], methodNotAllowed('POST'));
  return router;
}

function operator(res: Response): Operator {
  const { key, requestId } = locals(res);
  return { key_id: key?.id ?? '', correlation_id: requestId, ...visibleSystem(res) };
}

function idOf(given: unknown): string {
  const id = String(given);
  if (!/^\d{1,18}$/.test(id)) throw new BridgeError('NOT_FOUND', `There is no delivery ${id.slice(0, 50)}.`);
  return id;
}
