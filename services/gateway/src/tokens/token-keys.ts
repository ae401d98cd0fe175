import { createPrivateKey, createPublicKey, KeyObject } from 'node:crypto';
import { BridgeError, isRecord, kindOf } from '@bridgecore/contracts';
import { mistake } from '../json-mistake';

/** A key that tokens are signed and verified with. */
export interface TokenKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** The names that a key of the file may have: a misspelt one is a mistake that nobody would notice. */
const FIELDS: readonly string[] = ['kty', 'crv', 'kid', 'alg', 'use', 'x', 'd'];

const KID = /^[A-Za-z0-9_.-]{1,64}$/;
/** 32 bytes in base64url. */
const BYTES_32 = /^[A-Za-z0-9_-]{43}$/;

/**
 * The keys of `TOKEN_KEYS_FILE`, a JWK set of private Ed25519 keys: the first signs, all verify. Without the file there are
 * none. Throws `CONFIG_INVALID` with everything that is wrong, and never with a part of a key.
 */
export function loadTokenKeys(
  { TOKEN_KEYS_FILE: path }: { readonly TOKEN_KEYS_FILE?: string },
  readText: (path: string) => string,
): TokenKey[] {
  if (path === undefined) return [];
  const items = itemsIn(readText(path), path);
  const problems = items.flatMap((item, index) => problemsOf(item).map((problem) => `keys.${index} ${problem}`));
  fail(path, problems);
  const keys = (items as PrivateJwk[]).map(keyOf);
  fail(path, [...repeated(keys, ({ kid }) => kid, 'kid'), ...repeated(keys, thumb, 'key')]);
  return keys;
}

interface PrivateJwk {
  readonly kid: string;
  readonly x: string;
  readonly d: string;
}

function itemsIn(text: string, path: string): unknown[] {
  const content = jsonIn(text, path);
  const items = isRecord(content) ? content['keys'] : undefined;
  if (Array.isArray(items) && items.length > 0) return items;
  throw misconfigured(path, ['must hold {"keys": […]} with at least one key']);
}

function jsonIn(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw misconfigured(path, [`is not JSON${mistake(error as Error)}`]);
  }
}

function problemsOf(item: unknown): string[] {
  if (!isRecord(item)) return [`must be an object, not ${kindOf(item)}`];
  const { kid, use = 'sig', x, d } = item;
  const unknown = Object.keys(item).filter((name) => !FIELDS.includes(name));
  const problems = [
    ...(unknown.length === 0 ? [] : [`has ${unknown.join(', ')}; there are only ${FIELDS.join(', ')}`]),
    ...Object.entries({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA' }).flatMap(([name, value]) =>
      item[name] === value ? [] : [`must have "${name}": "${value}"`],
    ),
    ...(use === 'sig' ? [] : ['may have no "use" but "sig"']),
    ...(isText(kid, KID) ? [] : ['must have a "kid" of 1 to 64 letters, digits, _, . or -']),
    ...(isText(x, BYTES_32) && isText(d, BYTES_32)
      ? []
      : ['must have "x" and "d" (it is private), each of 32 bytes in base64url']),
  ];
  if (problems.length > 0) return problems;
  return thumb(keyOf(item as unknown as PrivateJwk)) === x ? [] : ['has an "x" that does not belong to its "d"'];
}

function isText(value: unknown, shape: RegExp): boolean {
  return typeof value === 'string' && shape.test(value);
}

function keyOf({ kid, x, d }: PrivateJwk): TokenKey {
  const privateKey = createPrivateKey({ key: { kty: 'OKP', crv: 'Ed25519', x, d }, format: 'jwk' });
  return { kid, privateKey, publicKey: createPublicKey(privateKey) };
}

/** Its public half, by which two keys are the same. */
function thumb({ publicKey }: TokenKey): string {
  return publicKey.export({ format: 'jwk' }).x ?? '';
}

function repeated(keys: readonly TokenKey[], by: (key: TokenKey) => string, what: string): string[] {
  return keys.flatMap((key, index) => {
    const first = keys.findIndex((other) => by(other) === by(key));
    return first === index ? [] : [`keys.${index} has the same ${what} as keys.${first}`];
  });
}

function fail(path: string, problems: readonly string[]): void {
  if (problems.length > 0) throw misconfigured(path, problems);
}

function misconfigured(path: string, problems: readonly string[]): BridgeError {
  return new BridgeError(
    'CONFIG_INVALID',
    problems
      .map((problem) => `TOKEN_KEYS_FILE ${path}${problem.startsWith('keys.') ? ':' : ''} ${problem}.`)
      .join('\n'),
  );
}
