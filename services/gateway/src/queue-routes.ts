import { Router } from 'express';
import { BridgeError } from '@bridgecore/contracts';
import { QueueFigures } from '@bridgecore/runtime';
import { authenticate } from './authenticate';
import { methodNotAllowed } from './error-handler';
import { ApiKey } from './keys';
import { knownParameters, visibleSystem } from './operator-request';

/** What the route of the queues reads from. */
export interface QueueRoutesDependencies {
  readonly keys: readonly ApiKey[];
  readonly readQueues: () => Promise<QueueFigures[]>;
}

const ALL = '/api/v1/queues';

/** How much waits in each queue, and for how long, as Redis has it now. */
export function queueRoutes({ keys, readQueues }: QueueRoutesDependencies): Router {
  const router = Router();

  router.get(ALL, authenticate(keys, 'read'), async (req, res) => {
    knownParameters(req.query, []);
    const { system } = visibleSystem(res);
    if (system !== undefined) {
      throw new BridgeError('FORBIDDEN', `This key sees only the system "${system}"; the queues are those of all.`);
    }
    res.json({ queues: await readQueues() });
  });

  router.all(ALL, methodNotAllowed('GET, HEAD'));
  return router;
}
