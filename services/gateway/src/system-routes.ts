import { Response, Router } from 'express';
import { DataSource } from 'typeorm';
import { BridgeError, DeclaredSystem } from '@bridgecore/contracts';
import { authenticate } from './authenticate';
import { methodNotAllowed } from './error-handler';
import { ApiKey } from './keys';
import { knownParameters, visibleSystem, withDatabase } from './operator-request';
import { readSystems } from './systems';

/** What the routes of the systems read from. */
export interface SystemRoutesDependencies {
  readonly database: () => DataSource;
  readonly keys: readonly ApiKey[];
  readonly systems: readonly DeclaredSystem[];
}

const ALL = '/api/v1/systems';
const ONE = `${ALL}/:id`;

/** The declared Odoos: how far each is pulled, and how the last connection check found it. */
export function systemRoutes({ database, keys, systems }: SystemRoutesDependencies): Router {
  const router = Router();
  const mayRead = authenticate(keys, 'read');
  const visible = (res: Response): readonly DeclaredSystem[] => {
    const { system } = visibleSystem(res);
    return systems.filter(({ id }) => system === undefined || id === system);
  };

  router.get(ALL, mayRead, async (req, res) => {
    knownParameters(req.query, []);
    res.json({ systems: await withDatabase(() => readSystems(database(), visible(res))) });
  });

  router.get(ONE, mayRead, async (req, res) => {
    const id = String(req.params.id);
    const declared = visible(res).filter((system) => system.id === id);
    if (declared.length === 0) throw new BridgeError('NOT_FOUND', `There is no system ${id.slice(0, 64)}.`);
    const [system] = await withDatabase(() => readSystems(database(), declared));
    res.json(system);
  });

  router.all([ALL, ONE], methodNotAllowed('GET, HEAD'));
  return router;
}
