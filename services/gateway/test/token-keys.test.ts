import { BridgeError } from '@bridgecore/contracts';
import { loadTokenKeys } from '../src/tokens/token-keys';
import { tokenJwk, tokenKeysOf } from './token-keys';

function problemOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof BridgeError ? `${error.code}: ${error.message}` : String(error);
  }
  return 'there was none';
}

describe('loadTokenKeys', () => {
  it('keeps the order of the file, whose first key signs', () => {
    const keys = tokenKeysOf(tokenJwk('new'), tokenJwk('old'));

    expect(keys.map(({ kid }) => kid)).toEqual(['new', 'old']);
  });

  it('has no keys without a file', () => {
    expect(loadTokenKeys({}, () => '')).toEqual([]);
  });

  it('names every problem at once, and shows nothing of a key', () => {
    const good = tokenJwk('good');
    const { d, ...open } = good;
    const bad = [
      { ...good, alg: 'HS256', kid: 'a b' },
      open,
      { ...good, kid: 'b', x: tokenJwk('').x },
      { ...good, kid: 'c', key_ops: ['sign'] },
      'text',
    ];

    const problem = problemOf(() => tokenKeysOf(...bad));

    expect(problem).toMatch(/^CONFIG_INVALID: TOKEN_KEYS_FILE tokens\.json: keys\.0 must have "alg": "EdDSA"\.$/m);
    expect(problem).toMatch(/keys\.0 must have a "kid" of 1 to 64 letters/);
    expect(problem).toMatch(/keys\.1 must have "x" and "d"/);
    expect(problem).toMatch(/keys\.2 has an "x" that does not belong to its "d"/);
    expect(problem).toMatch(/keys\.3 has key_ops; there are only kty, crv/);
    expect(problem).toMatch(/keys\.4 must be an object, not a string/);
    expect(problem).not.toContain(String(d));
  });

  it('refuses two keys of one kid, and one key twice', () => {
    const key = tokenJwk('one');

    expect(problemOf(() => tokenKeysOf(key, tokenJwk('one')))).toMatch(/keys\.1 has the same kid as keys\.0/);
    expect(problemOf(() => tokenKeysOf(key, { ...key, kid: 'two' }))).toMatch(/keys\.1 has the same key as keys\.0/);
  });

  it.each(['', '[]', '{"keys": []}', '{"keys": {}}'])('refuses a file with no keys: %j', (text) => {
    const problem = problemOf(() => loadTokenKeys({ TOKEN_KEYS_FILE: 'tokens.json' }, () => text));

    expect(problem).toMatch(/^CONFIG_INVALID: TOKEN_KEYS_FILE tokens\.json (must hold|is not JSON)/);
  });
});
