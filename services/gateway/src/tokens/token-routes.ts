import { RequestHandler, Router } from 'express';
import { AppTypes, parse } from '@bridgecore/contracts';
import { Log } from '@bridgecore/runtime';
import { authenticate } from '../authenticate';
import { methodNotAllowed } from '../error-handler';
import { readSystem } from '../feed/consumer-request';
import { jsonBody } from '../json-body';
import { ApiKey } from '../keys';
import { locals } from '../locals';
import { knownFields, modelsFor } from '../sync/sync-request';
import { DEFAULT_TOKEN_SECONDS, TOKEN_FIELDS, TokenRequest } from './token-request';
import { Tokens } from './tokens';

/** What the route of tokens works with. */
export interface TokenRoutesDependencies {
  readonly tokens: Tokens;
  readonly keys: readonly ApiKey[];
  readonly systemIds: readonly string[];
  readonly appTypes: AppTypes;
  /** How often a key may make one. */
  readonly limit: RequestHandler;
  readonly log: Log;
}

const TOKENS = '/api/v1/tokens';
const MAX_BODY_BYTES = 16 * 1024;

/**
 * Short-lived tokens, which a server with a key gets for apps on other people's devices. Its trace is a log line and not an audit row:
 * it needs no store at all, and an app whose token ends while PostgreSQL is away is not locked out beyond that.
 */
export function tokenRoutes({ tokens, keys, systemIds, appTypes, limit, log }: TokenRoutesDependencies): Router {
  const router = Router();
  router.post(TOKENS, authenticate(keys, 'read'), limit, ...jsonBody(MAX_BODY_BYTES), async (req, res) => {
    const request = parse(TokenRequest, knownFields(req.body, TOKEN_FIELDS), 'REQUEST_INVALID');
    const { user_id, device_id, app_type, expires_in_seconds: seconds = DEFAULT_TOKEN_SECONDS } = request;
    modelsFor(appTypes, app_type);
    const system = readSystem(res, request.system, systemIds, 'REQUEST_INVALID');
    const { key, requestId } = locals(res);
    if (key === undefined) throw new TypeError('the request was not authenticated');
    const grant = { system, user_id, device_id, app_type };
    const { token, jti, expiresAt } = await tokens.mint(grant, key, seconds);
    const trace = { ...grant, jti, expires_at: expiresAt.toISOString() };
    log.info('token.minted', { key_id: key.id, ...trace, correlation_id: requestId });
    res.status(201).json({ token, token_type: 'Bearer', expires_at: trace.expires_at, request_id: requestId });
  });
  router.all(TOKENS, methodNotAllowed('POST'));
  return router;
}
