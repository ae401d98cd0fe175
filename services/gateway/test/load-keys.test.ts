import { OdooSettings } from '@bridgecore/contracts';
import { GatewayConfig } from '../src/config';
import { ApiKey, findKey } from '../src/keys';
import { loadKeys } from '../src/load-keys';
import { OPERATOR_KEY, PUSH_KEY } from './test-keys';

const HASH = 'a'.repeat(64);
const ENTRY = { id: 'shop', sha256: HASH, scopes: ['ingest'], system: 'odoo' };

/** Loads keys with these settings and, if any, this text in the file of keys. */
function load(settings: Partial<GatewayConfig & OdooSettings>, file?: unknown): ApiKey[] {
  const config = { ...new GatewayConfig(), ...new OdooSettings(), ...settings };
  const withFile = file === undefined ? config : { ...config, API_KEYS_FILE: 'keys.json' };
  const text = typeof file === 'string' ? file : JSON.stringify(file);
  return loadKeys(withFile, new Set(['odoo', 'warehouse']), () => text);
}

function problemOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return 'there was none';
}

describe('loadKeys', () => {
  it('gives the plain keys their scopes, and the push key the one system', () => {
    const keys = load({ WEBHOOK_PUSH_API_KEY: PUSH_KEY, OPERATOR_API_KEY: OPERATOR_KEY });

    expect(findKey(keys, PUSH_KEY)).toMatchObject({ id: 'push', scopes: ['ingest'], system: 'odoo' });
    expect(findKey(keys, OPERATOR_KEY)).toMatchObject({ id: 'operator', scopes: ['read', 'operate'] });
  });

  it('takes the keys of the file beside the plain ones', () => {
    const file = { keys: [{ ...ENTRY, name: 'The shop', expires_at: '2027-01-31T12:00:00' }] };

    const keys = load({ WEBHOOK_PUSH_API_KEY: PUSH_KEY }, file);

    expect(keys.map(({ id }) => id)).toEqual(['shop', 'push']);
    expect(keys[0]?.expires_at).toEqual(new Date('2027-01-31T12:00:00Z'));
  });

  it.each<[string, unknown, RegExp]>([
    ['no key that may push', { keys: [{ ...ENTRY, scopes: ['read'] }] }, /No key may push/],
    [
      'a push key without a system',
      { keys: [{ ...ENTRY, system: undefined }] },
      /"shop" must name a system; there are: odoo, warehouse/,
    ],
    [
      'an unknown system',
      { keys: [ENTRY, { ...ENTRY, id: 'b', sha256: 'b'.repeat(64), scopes: ['read'], system: 'x' }] },
      /"b" names the system "x"/,
    ],
    ['an id twice', { keys: [ENTRY, { ...ENTRY, sha256: 'b'.repeat(64) }] }, /Two keys have the id "shop"/],
    ['a key twice', { keys: [ENTRY, { ...ENTRY, id: 'b' }] }, /"shop" and "b" are the same key/],
    ['a misspelt expiry', { keys: [{ ...ENTRY, expires: '2027-01-31' }] }, /keys.0 has expires; there are only/],
    [
      'an expiry that is no time',
      { keys: [{ ...ENTRY, expires_at: '2026-W01' }] },
      /expires_at must be an ISO 8601 time/,
    ],
    [
      'an expiry on 30 February',
      { keys: [{ ...ENTRY, expires_at: '2027-02-30' }] },
      /expires_at must be an ISO 8601 time/,
    ],
    ['a hash in capitals', { keys: [{ ...ENTRY, sha256: HASH.toUpperCase() }] }, /sha256 must be the SHA-256/],
    [
      'an unknown scope',
      { keys: [{ ...ENTRY, scopes: ['root'] }] },
      /scopes must be an array of some of ingest, read, operate/,
    ],
    ['scopes as a text', { keys: [{ ...ENTRY, scopes: 'ingest' }] }, /scopes must be an array/],
    ['an array for a key', { keys: [[ENTRY]] }, /keys.0 must be an object, not an array/],
    ['null for a key', { keys: [null] }, /keys.0 must be an object, not null/],
    ['no list', [ENTRY], /must hold \{"keys"/],
  ])('refuses to start with %s', (_, file, expected) => {
    const problem = problemOf(() => load({}, file));

    expect(problem).toMatch(expected);
  });

  it('names everything that is wrong with the file at once', () => {
    const file = { keys: [{ ...ENTRY, id: 'a b' }, { ...ENTRY, sha256: 'short' }, 7] };

    const problem = problemOf(() => load({}, file));

    expect(problem.split('\n')).toHaveLength(3);
  });

  it('does not repeat what is in a file that is not JSON', () => {
    const problem = problemOf(() => load({}, `${PUSH_KEY}\n`));

    expect(problem).toContain('is not JSON');
    expect(problem).not.toContain('push-key');
  });

  it('refuses the plain key when there are several systems', () => {
    const problem = problemOf(() => load({ WEBHOOK_PUSH_API_KEY: PUSH_KEY, SYSTEMS_FILE: 'systems.yaml' }));

    expect(problem).toMatch(/With SYSTEMS_FILE every push key must name its system/);
  });

  it('refuses one key for pushing and operating, whose scopes would depend on chance', () => {
    const problem = problemOf(() => load({ WEBHOOK_PUSH_API_KEY: PUSH_KEY, OPERATOR_API_KEY: PUSH_KEY }));

    expect(problem).toMatch(/"push" and "operator" are the same key/);
  });
});
