import { IncomingHttpHeaders } from 'node:http';
import { RequestHandler } from 'express';
import { BridgeError } from '@bridgecore/contracts';
import { ApiKey, findKey, Scope } from './keys';
import { locals } from './locals';

/** Lets a request through whose key is known, valid and of this scope; 401 or 403 otherwise. */
export function authenticate(keys: readonly ApiKey[], scope: Scope): RequestHandler {
  return (req, res, next) => {
    const key = keyOf(keys, req.headers);
    locals(res).key = key;
    if (!key.scopes.includes(scope)) {
      throw new BridgeError('FORBIDDEN', `This key may not do that: it lacks the scope "${scope}".`);
    }
    next();
  };
}

function keyOf(keys: readonly ApiKey[], headers: IncomingHttpHeaders): ApiKey {
  const presented = presentedKeys(headers);
  const key = presented.map((candidate) => findKey(keys, candidate)).find((found) => found !== undefined);
  if (key === undefined) throw refused(presented.length === 0 ? MISSING : UNKNOWN);
  if (key.expires_at !== undefined && Date.parse(key.expires_at) <= Date.now()) throw refused('This key has expired.');
  return key;
}

const MISSING = 'Send a key as "Authorization: Bearer <key>", "X-API-Key: <key>" or "Authorization: Basic <key>".';
const UNKNOWN = 'This key is not known here.';
const UNSET = "The subscriber in Odoo has no token: enter the push key in the subscriber's authentication settings.";

/**
 * What may be meant as the key. Basic is tried as base64 of `user:key` and raw, since the addon sends it as typed;
 * an unset token makes it send the word `False` (`push-auth-headers`).
 */
function presentedKeys({ authorization, 'x-api-key': apiKey }: IncomingHttpHeaders): string[] {
  const keys = typeof apiKey === 'string' && apiKey !== '' ? [apiKey.trim()] : [];
  const [, scheme = '', token = ''] = /^\s*(\S+)\s+(.+?)\s*$/.exec(authorization ?? '') ?? [];
  if (token === 'False') throw refused(UNSET);
  if (/^bearer$/i.test(scheme)) keys.push(token);
  if (/^basic$/i.test(scheme))
    keys.push(...withPassword(token), ...withPassword(Buffer.from(token, 'base64').toString()));
  return keys;
}

/** `key` and `user:key`. */
function withPassword(text: string): string[] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text] : [text, text.slice(colon + 1)];
}

function refused(detail: string): BridgeError {
  return new BridgeError('AUTHENTICATION_REQUIRED', detail);
}
