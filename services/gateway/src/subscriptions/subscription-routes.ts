import { Request, RequestHandler, Response, Router } from 'express';
import { DataSource, EntityManager } from 'typeorm';
import { authenticate } from '../authenticate';
import { whenThereIs } from '../dead-letter-routes';
import { methodNotAllowed } from '../error-handler';
import { jsonBody } from '../json-body';
import { ApiKey } from '../keys';
import { locals } from '../locals';
import { knownParameters, visibleSystem, withDatabase } from '../operator-request';
import { By } from './note';
import { parseCreation } from './subscription-request';
import { listSubscriptions, showSubscription, unknownSubscription } from './subscription-rows';
import * as subscriptions from './subscriptions';

/** What the routes of subscriptions work with. */
export interface SubscriptionRoutesDependencies extends subscriptions.Terms {
  readonly database: () => DataSource;
  readonly keys: readonly ApiKey[];
}

export const ALL = '/api/v1/subscriptions';
export const ONE = `${ALL}/:name`;
const MAX_BODY_BYTES = 64 * 1024;
const NAME = /^[a-z][a-z0-9_-]{0,62}$/;

/** A body that may be missing, as routes with nothing but options have it. */
export const optionalBody: RequestHandler[] = whenThereIs(jsonBody(MAX_BODY_BYTES));

/** Who is told of events: makes, shows, changes and ends subscriptions. What they do meanwhile: `state-routes.ts`. */
export function subscriptionRoutes({ database, keys, ...terms }: SubscriptionRoutesDependencies): Router {
  const router = Router();
  const mayRead = authenticate(keys, 'read');
  const mayOperate = authenticate(keys, 'operate');
  const body = jsonBody(MAX_BODY_BYTES);
  const read = <T>(work: (tx: EntityManager) => Promise<T>) => withDatabase(() => database().transaction(work));

  router.get(ALL, mayRead, async (req, res) => {
    knownParameters(req.query, []);
    res.json({ subscriptions: await read((tx) => listSubscriptions(tx, visibleSystem(res).system)) });
  });

  router.post(ALL, mayOperate, ...body, async (req, res) => {
    const spec = parseCreation(req.body);
    locals(res).report = { subscription: spec.name };
    const made = await withDatabase(() => subscriptions.createSubscription(database(), spec, byOf(res), terms));
    res.status(201).set('Location', `${ALL}/${spec.name}`).json(made);
  });
  router.all(ALL, methodNotAllowed('GET, HEAD, POST'));

  router.get(ONE, mayRead, async (req, res) => {
    const name = nameOf(req, res);
    res.json(await read((tx) => showSubscription(tx, name, visibleSystem(res).system)));
  });

  router.patch(ONE, mayOperate, ...body, async (req, res) => {
    const name = nameOf(req, res);
    const change = () => subscriptions.changeSubscription(database(), name, req.body, byOf(res), terms);
    res.json(await withDatabase(change));
  });

  router.delete(ONE, mayOperate, async (req, res) => {
    const name = nameOf(req, res);
    const discarded = await withDatabase(() => subscriptions.endSubscription(database(), name, byOf(res)));
    Object.assign(locals(res).report, { discarded });
    res.json({ removed: true, discarded });
  });
  router.all(ONE, methodNotAllowed('GET, HEAD, PATCH, DELETE'));
  return router;
}

/** The name in the path, which the log line has from then on. */
export function nameOf({ params }: Request, res: Response): string {
  const name = String(params['name']);
  if (!NAME.test(name)) throw unknownSubscription(name);
  locals(res).report = { subscription: name };
  return name;
}

/** Who asks. */
export function byOf(res: Response): By {
  const { key, requestId } = locals(res);
  return { key_id: key?.id ?? '', correlation_id: requestId, ...visibleSystem(res) };
}
