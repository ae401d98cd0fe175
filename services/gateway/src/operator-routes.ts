import { Response, Router } from 'express';
import { Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import { BridgeError, invalid, parse } from '@bridgecore/contracts';
import { translate } from '@bridgecore/database';
import { authenticate } from './authenticate';
import { methodNotAllowed } from './error-handler';
import { EventQuery, PARAMETERS } from './event-query';
import { eventStory, listEvents } from './event-queries';
import { ApiKey } from './keys';
import { locals } from './locals';

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
    const query = parse(EventQuery, knownParameters(req.query), 'QUERY_INVALID');
    const system = visibleSystem(res, query.system);
    res.json(await reading(() => listEvents(database(), { ...query, ...system })));
  });

  router.get('/api/v1/events/:id', mayRead, async (req, res) => {
    const id = String(req.params.id);
    const story = /^\d{1,18}$/.test(id)
      ? await reading(() => eventStory(database(), id, visibleSystem(res).system))
      : null;
    if (story === null) throw new BridgeError('NOT_FOUND', `There is no event ${id.slice(0, 50)}.`);
    res.json(story);
  });

  router.all(['/api/v1/events', '/api/v1/events/:id', '/metrics'], methodNotAllowed('GET, HEAD'));
  return router;
}

/** A misspelt filter must not answer with everything. */
function knownParameters(query: Record<string, unknown>): Record<string, unknown> {
  const unknown = Object.keys(query).filter((name) => !PARAMETERS.includes(name));
  if (unknown.length === 0) return query;
  const message = `is not a parameter here; there are ${PARAMETERS.join(', ')}`;
  throw invalid(
    unknown.map((field) => ({ field: field.slice(0, 50), message })),
    'QUERY_INVALID',
  );
}

/** A key that speaks for a system sees nothing else. */
function visibleSystem(res: Response, asked?: string): { system?: string } {
  const own = locals(res).key?.system;
  if (own !== undefined && asked !== undefined && asked !== own) {
    throw new BridgeError('FORBIDDEN', `This key sees only the system "${own}".`);
  }
  const system = own ?? asked;
  return system === undefined ? {} : { system };
}

async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw translate(error);
  }
}
