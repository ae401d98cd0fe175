import { Router } from 'express';
import { authenticate } from '../authenticate';
import { methodNotAllowed } from '../error-handler';
import { locals } from '../locals';
import { withDatabase } from '../operator-request';
import { parsePause } from './subscription-request';
import { byOf, nameOf, ONE, optionalBody, SubscriptionRoutesDependencies } from './subscription-routes';
import { pauseSubscription, resumeSubscription, testSubscription } from './subscriptions';

/** Whether a subscription sends, whoever has declared it: pauses, resumes and tries it. */
export function stateRoutes({ database, keys }: Pick<SubscriptionRoutesDependencies, 'database' | 'keys'>): Router {
  const router = Router();
  const mayOperate = authenticate(keys, 'operate');

  router.post(`${ONE}/pause`, mayOperate, ...optionalBody, async (req, res) => {
    const name = nameOf(req, res);
    const { reason } = parsePause(req.body);
    res.json(await withDatabase(() => pauseSubscription(database(), name, byOf(res), reason)));
  });

  router.post(`${ONE}/resume`, mayOperate, async (req, res) => {
    const name = nameOf(req, res);
    res.json(await withDatabase(() => resumeSubscription(database(), name, byOf(res))));
  });

  router.post(`${ONE}/test`, mayOperate, async (req, res) => {
    const name = nameOf(req, res);
    const test = await withDatabase(() => testSubscription(database(), name, byOf(res)));
    Object.assign(locals(res).report, { delivery_id: test.delivery_id });
    res.status(202).json(test);
  });

  const actions = ['pause', 'resume', 'test'].map((action) => `${ONE}/${action}`);
  router.all(actions, methodNotAllowed('POST'));
  return router;
}
