import { isBytes32, JwkSetRules, readJwkSet } from '../jwk-set';

/** A key that secrets are encrypted with. */
export interface SealingKey {
  readonly kid: string;
  readonly bytes: Uint8Array;
}

const RULES: JwkSetRules = {
  fields: ['kty', 'kid', 'alg', 'k'],
  fixed: { kty: 'oct', alg: 'A256GCM' },
  problemsOf: ({ k }) => (isBytes32(k) ? [] : ['must have "k", 32 bytes in base64url']),
  markOf: ({ k }) => String(k),
};

/**
 * The keys of `SECRET_KEYS_FILE`, a JWK set of 256-bit keys: the first encrypts, all decrypt. Without the file there are
 * none. Throws `CONFIG_INVALID` with everything that is wrong, and never with a part of a key.
 */
export function loadSealingKeys(
  { SECRET_KEYS_FILE: path }: { readonly SECRET_KEYS_FILE?: string },
  readText: (path: string, name?: string) => string,
): SealingKey[] {
  if (path === undefined) return [];
  const keys = readJwkSet(readText(path, 'SECRET_KEYS_FILE'), 'SECRET_KEYS_FILE', path, RULES);
  return keys.map(({ kid, k }) => ({ kid: String(kid), bytes: Buffer.from(String(k), 'base64url') }));
}
