import { Router } from 'express';
import { DataSource } from 'typeorm';
import { BridgeError } from '@bridgecore/contracts';
import { Sealer } from '@bridgecore/runtime';
import { authenticate } from '../authenticate';
import { methodNotAllowed } from '../error-handler';
import { ApiKey } from '../keys';
import { locals } from '../locals';
import { withDatabase } from '../operator-request';
import { reencrypt } from './re-encrypt';
import { addSecret, removeSecret, unknownSecret } from './secrets';
import { parseSecret } from './subscription-request';
import { byOf, nameOf, ONE, optionalBody } from './subscription-routes';

/** What the routes of secrets work with. */
export interface SecretRoutesDependencies {
  readonly database: () => DataSource;
  readonly keys: readonly ApiKey[];
  readonly sealer: Sealer;
}

const SECRETS = `${ONE}/secrets`;
const RE_ENCRYPT = '/api/v1/secrets/re-encrypt';

/** What subscriptions sign with, and what that is encrypted with at rest. No answer and no log line has a secret, but its first. */
export function secretRoutes({ database, keys, sealer }: SecretRoutesDependencies): Router {
  const router = Router();
  const mayOperate = authenticate(keys, 'operate');

  router.post(SECRETS, mayOperate, ...optionalBody, async (req, res) => {
    const name = nameOf(req, res);
    const request = parseSecret(req.body);
    const added = await withDatabase(() => addSecret(database(), name, request, byOf(res), sealer));
    Object.assign(locals(res).report, { secret_id: added.id });
    res.status(201).json(added);
  });
  router.all(SECRETS, methodNotAllowed('POST'));

  router.delete(`${SECRETS}/:id`, mayOperate, async (req, res) => {
    const name = nameOf(req, res);
    const id = String(req.params.id);
    if (!/^\d{1,18}$/.test(id)) throw unknownSecret(name, id);
    await withDatabase(() => removeSecret(database(), name, id, byOf(res)));
    Object.assign(locals(res).report, { secret_id: id });
    res.json({ removed: true });
  });
  router.all(`${SECRETS}/:id`, methodNotAllowed('DELETE'));

  router.post(RE_ENCRYPT, mayOperate, async (_req, res) => {
    const own = locals(res).key?.system;
    if (own !== undefined) {
      throw new BridgeError('FORBIDDEN', `This key sees only the system "${own}"; keys are changed for all at once.`);
    }
    const done = await withDatabase(() => reencrypt(database(), sealer, byOf(res)));
    locals(res).report = { ...done };
    res.json(done);
  });
  router.all(RE_ENCRYPT, methodNotAllowed('POST'));
  return router;
}
