import { createPrivateKey, createPublicKey, KeyObject } from 'node:crypto';
import { JsonRecord } from '@bridgecore/contracts';
import { isBytes32, JwkSetRules, readJwkSet } from '@bridgecore/runtime';

/** A key that tokens are signed and verified with. */
export interface TokenKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const RULES: JwkSetRules = {
  fields: ['kty', 'crv', 'kid', 'alg', 'use', 'x', 'd'],
  fixed: { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA' },
  problemsOf,
  markOf: ({ x }) => String(x),
};

/**
 * The keys of `TOKEN_KEYS_FILE`, a JWK set of private Ed25519 keys: the first signs, all verify. Without the file there are
 * none. Throws `CONFIG_INVALID` with everything that is wrong, and never with a part of a key.
 */
export function loadTokenKeys(
  { TOKEN_KEYS_FILE: path }: { readonly TOKEN_KEYS_FILE?: string },
  readText: (path: string) => string,
): TokenKey[] {
  if (path === undefined) return [];
  return readJwkSet(readText(path), 'TOKEN_KEYS_FILE', path, RULES).map(keyOf);
}

function problemsOf(item: JsonRecord): string[] {
  const { use = 'sig', x, d } = item;
  return [
    ...(use === 'sig' ? [] : ['may have no "use" but "sig"']),
    ...(isBytes32(x) && isBytes32(d)
      ? belongingProblems(item)
      : ['must have "x" and "d" (it is private), each of 32 bytes in base64url']),
  ];
}

function belongingProblems(item: JsonRecord): string[] {
  const { x } = keyOf(item).publicKey.export({ format: 'jwk' });
  return x === item['x'] ? [] : ['has an "x" that does not belong to its "d"'];
}

function keyOf({ kid, x, d }: JsonRecord): TokenKey {
  const privateKey = createPrivateKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: String(x), d: String(d) },
    format: 'jwk',
  });
  return { kid: String(kid), privateKey, publicKey: createPublicKey(privateKey) };
}
