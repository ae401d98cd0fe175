import { IncomingHttpHeaders } from 'node:http';
import { RequestHandler, Response } from 'express';
import { BridgeError } from '@bridgecore/contracts';
import { ApiKey, findKey, hasExpired, Scope } from './keys';
import { locals } from './locals';
import { looksLikeToken } from './tokens/tokens';

/** Lets a request through whose key is known, valid and of this scope; 401 or 403 otherwise. */
export function authenticate(keys: readonly ApiKey[], scope: Scope): RequestHandler {
  return (req, res, next) => {
    const key = identify(keys, req.headers, res);
    if (hasExpired(key)) throw refused('This key has expired.');
    if (!key.scopes.includes(scope)) {
      throw new BridgeError('FORBIDDEN', `This key may not do that: it lacks the scope "${scope}".`);
    }
    next();
  };
}

/** The known key of the request, noted for its log line also when it is refused then. */
function identify(keys: readonly ApiKey[], headers: IncomingHttpHeaders, res: Response): ApiKey {
  const presented = presentedKeys(headers);
  const key = presented.map((candidate) => findKey(keys, candidate)).find((found) => found !== undefined);
  if (key !== undefined) return (locals(res).key = key);
  if (presented.length === 0) throw refused(MISSING);
  if (presented.some(looksLikeToken)) throw refused(TOKEN);
  throw refused(presented.includes('False') ? UNSET : UNKNOWN);
}

const MISSING = 'Send a key as "Authorization: Bearer <key>", "X-API-Key: <key>" or "Authorization: Basic <key>".';
const UNKNOWN = 'This key is not known here.';
const TOKEN = 'A token is not taken here: it is for the feed and the calls of its device. Send a key.';
/** An unset token makes the addon send the word `False` (`push-auth-headers`). */
const UNSET = "The subscriber in Odoo has no token: enter the push key in the subscriber's authentication settings.";

/** What may be meant as the key. Basic is tried as base64 of `user:key` and raw, since the addon sends it as typed. */
function presentedKeys({ authorization = '', 'x-api-key': apiKey }: IncomingHttpHeaders): string[] {
  const keys = typeof apiKey === 'string' && apiKey !== '' ? [apiKey] : [];
  const space = authorization.search(/\s/); // without backtracking: a header may be 16 KiB of blanks
  const scheme = authorization.slice(0, space).toLowerCase();
  const token = authorization.slice(space).trim();
  if (space < 0 || token === '') return keys;
  if (scheme === 'bearer') keys.push(token);
  if (scheme === 'basic') keys.push(...withPassword(token), ...withPassword(Buffer.from(token, 'base64').toString()));
  return keys;
}

/** What stands after `Bearer`, if anything does and no other key comes with it. */
export function bearerOf(headers: IncomingHttpHeaders): string | undefined {
  const [presented, ...more] = presentedKeys(headers);
  return more.length === 0 && /^bearer\s/i.test(headers.authorization ?? '') ? presented : undefined;
}

/** `key` and `user:key`. */
function withPassword(text: string): string[] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text] : [text, text.slice(colon + 1)];
}

function refused(detail: string): BridgeError {
  return new BridgeError('AUTHENTICATION_REQUIRED', detail);
}
