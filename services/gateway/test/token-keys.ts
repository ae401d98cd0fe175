import { generateKeyPairSync } from 'node:crypto';
import { JsonRecord } from '@bridgecore/contracts';
import { loadTokenKeys, TokenKey } from '../src/tokens/token-keys';

/** A new key as TOKEN_KEYS_FILE has it. */
export function tokenJwk(kid: string): JsonRecord {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { ...privateKey.export({ format: 'jwk' }), kid, alg: 'EdDSA', use: 'sig' };
}

/** What a gateway makes of a file with these. */
export function tokenKeysOf(...keys: readonly unknown[]): TokenKey[] {
  return loadTokenKeys({ TOKEN_KEYS_FILE: 'tokens.json' }, () => JSON.stringify({ keys }));
}
