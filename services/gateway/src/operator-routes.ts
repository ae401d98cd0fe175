import { Router } from 'express';
import { Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { BridgeError, parse } from '@bridgecore/contracts';
import { authenticate } from './authenticate';
import { methodNotAllowed } from './error-handler';
import { EventQuery, PARAMETERS } from './event-query';
import { eventStory, listEvents } from './event-queries';
import { ApiKey } from './keys';
import { knownParameters, visibleSystem, withDatabase } from './operator-request';

/** What operators' routes read from: PostgreSQL, once it is there. */
export type Database = () => DataSource;

/** What operators see. Reads PostgreSQL through a small pool of its own, so that ingest never waits for it. */
export function operatorRoutes(database: Database, keys: readonly ApiKey[], metrics: Registry): Router {
  const router = Router();
  const mayRead = authenticate(keys, 'read');

  router.get('/metrics', async (_req, res) => {
    res.type(metrics.contentType).send(await metrics.metrics());
  });

  router.get('/api/v1/events', mayRead, async (req, res) => {
    const query = parse(EventQuery, knownParameters(req.query, PARAMETERS), 'QUERY_INVALID');
    const system = visibleSystem(res, query.system);
    res.json(await withDatabase(() => listEvents(database(), { ...query, ...system })));
  });

  router.get('/api/v1/events/:id', mayRead, async (req, res) => {
    const id = String(req.params.id);
    const story = /^\d{1,18}$/.test(id)
      ? await withDatabase(() => eventStory(database(), id, visibleSystem(res).system))
      : null;
    if (story === null) throw new BridgeError('NOT_FOUND', `There is no event ${id.slice(0, 50)}.`);
    res.json(story);
  });

  router.all(['/api/v1/events', '/api/v1/events/:id', '/metrics'], methodNotAllowed('GET, HEAD'));
  return router;
}
