import { RequestHandler, Response } from 'express';
import { BridgeError } from '@bridgecore/contracts';
import { authenticate, bearerOf } from '../authenticate';
import { ApiKey, findKey } from '../keys';
import { locals } from '../locals';
import { Grant } from './token-claims';
import { looksLikeToken, Tokens } from './tokens';

/** Lets a consumer through: a key that may read, or a token that one has made. */
export function authenticateConsumer(keys: readonly ApiKey[], tokens: Tokens): RequestHandler {
  const byKey = authenticate(keys, 'read');
  return async (req, res, next) => {
    const presented = bearerOf(req.headers);
    if (presented === undefined || !looksLikeToken(presented) || findKey(keys, presented) !== undefined) {
      await byKey(req, res, next);
      return;
    }
    const { key, grant, jti } = await tokens.verify(presented);
    // From here on it is that key, but of one system; so are its log line and its metrics.
    Object.assign(locals(res), { key: { ...key, system: grant.system }, grant, tokenId: jti });
    next();
  };
}

/**
 * What is asked for, with these fields taken from the token, if there is one. Naming another is refused, not corrected: an app that
 * asks for another user has a mistake that its maker must see.
 */
export function grantedFields(res: Response, asked: unknown, fields: readonly (keyof Grant)[]): unknown {
  const { grant } = locals(res);
  if (grant === undefined || typeof asked !== 'object' || asked === null || Array.isArray(asked)) return asked;
  const given = asked as Readonly<Record<string, unknown>>;
  const strange = fields.filter((field) => given[field] !== undefined && !isSame(given[field], grant[field]));
  if (strange.length > 0) {
    throw new BridgeError('FORBIDDEN', `This token is of another ${strange.join(', ')}.`, {
      errors: strange.map((field) => ({ field, message: 'is not that of the token; leave it out' })),
    });
  }
  return { ...given, ...Object.fromEntries(fields.map((field) => [field, grant[field]])) };
}

/** A name may be given as the number that it was made of. */
function isSame(given: unknown, granted: string): boolean {
  return given === granted || (Number.isSafeInteger(given) && String(given) === granted);
}
