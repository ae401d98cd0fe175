import { Response, Router } from 'express';
import { BridgeError, isRecord } from '@bridgecore/contracts';
import { findJob, Producer } from '@bridgecore/runtime';
import { authenticate } from './authenticate';
import { methodNotAllowed } from './error-handler';
import { ApiKey } from './keys';
import { locals } from './locals';
import { knownParameters } from './operator-request';

/** A queue that can be looked into. */
export type QueueLook = Pick<Producer<object>, 'use'>;

/** What the route of the jobs reads from. */
export interface JobRoutesDependencies {
  readonly keys: readonly ApiKey[];
  /** Every queue, by its name. */
  readonly queues: ReadonlyMap<string, QueueLook>;
}

const ONE = '/api/v1/jobs/:queue/:id';

/** How a job stands, for as long as its queue remembers it. */
export function jobRoutes({ keys, queues }: JobRoutesDependencies): Router {
  const router = Router();
  const noQueue = `There is no such queue; there are ${[...queues.keys()].join(', ')}.`;

  router.get(ONE, authenticate(keys, 'read'), async (req, res) => {
    knownParameters(req.query, []);
    const [name, id] = [String(req.params.queue), String(req.params.id)];
    const queue = queues.get(name);
    if (queue === undefined) throw new BridgeError('NOT_FOUND', noQueue);
    const found = await findJob(queue, id);
    if (found === undefined || !isVisible(found.data, res)) {
      throw new BridgeError('NOT_FOUND', `${name} knows no job ${id.slice(0, 100)}, or not any more.`);
    }
    res.json(found.view);
  });

  router.all(ONE, methodNotAllowed('GET, HEAD'));
  return router;
}

/** A key that speaks for a system sees what is of that system alone, and the replays that it has asked for. */
function isVisible(data: unknown, res: Response): boolean {
  const { key } = locals(res);
  if (key?.system === undefined) return true;
  if (!isRecord(data)) return false;
  const { system, events, rejected, replay } = data;
  if (isRecord(replay)) return replay['key_id'] === key.id;
  const parts = [events, rejected].flatMap((list): unknown[] => (Array.isArray(list) ? list : []));
  const systems = parts.length === 0 ? [system] : parts.map((part) => (isRecord(part) ? part['system'] : undefined));
  return systems.every((of) => of === key.system);
}
