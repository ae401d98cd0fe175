import { BridgeError } from '@bridgecore/contracts';
import { loadSealingKeys, Sealer } from '../src/index';

const k = (byte: number): string => Buffer.alloc(32, byte).toString('base64url');
const key = (kid: string, byte: number) => ({ kty: 'oct', alg: 'A256GCM', kid, k: k(byte) });
const load = (...keys: object[]) => loadSealingKeys({ SECRET_KEYS_FILE: 'keys.json' }, () => JSON.stringify({ keys }));

describe('a secret at rest', () => {
  const old = new Sealer(load(key('2025', 1)));
  const rotated = new Sealer(load(key('2026', 2), key('2025', 1)));

  it('opens as it was, and names its key', async () => {
    const { sealed, key_id } = await old.seal('whsec_secret', 'subscription 7');

    expect(key_id).toBe('2025');
    expect(sealed).not.toContain('secret');
    expect(JSON.parse(Buffer.from(sealed.split('.')[0] ?? '', 'base64url').toString())).toMatchObject({ kid: '2025' });
    expect(await old.open(sealed, 'subscription 7')).toBe('whsec_secret');
  });

  it('opens after a rotation, by which new ones have the new key', async () => {
    const { sealed } = await old.seal('whsec_secret', 'subscription 7');

    expect(await rotated.open(sealed, 'subscription 7')).toBe('whsec_secret');
    expect((await rotated.seal('x', 'y')).key_id).toBe('2026');
  });

  it('is never the same text twice', async () => {
    expect((await old.seal('x', 'y')).sealed).not.toBe((await old.seal('x', 'y')).sealed);
  });

  it.each([
    ['of another owner', async () => old.open((await old.seal('x', 'subscription 7')).sealed, 'subscription 8')],
    ['without its key', async () => old.open((await rotated.seal('x', 'y')).sealed, 'y')],
    [
      'by another key of the same name',
      async () => new Sealer(load(key('2025', 9))).open((await old.seal('x', 'y')).sealed, 'y'),
    ],
    [
      'that was changed',
      async () =>
        old.open(
          (await old.seal('x', 'y')).sealed.replace(/.$/, (end) => (end === 'A' ? 'Q' : 'A')),
          'y',
        ),
    ],
    ['that is none', async () => old.open('plain', 'y')],
    ['without any key', async () => new Sealer([]).seal('x', 'y')],
  ])('does not open, and nothing of it is told: one %s', async (_, work) => {
    await expect(work()).rejects.toThrow(BridgeError);
    await expect(work()).rejects.toMatchObject({ code: 'SECRETS_DISABLED' });
  });
});

describe('the keys of secrets', () => {
  it('are none without a file', () => {
    expect(loadSealingKeys({}, () => '')).toEqual([]);
  });

  it.each([
    ['no JSON', '{', /SECRET_KEYS_FILE keys.json is not JSON/],
    ['no keys', '{"keys": []}', /must hold {"keys": \[…\]}/],
    ['a short key', JSON.stringify({ keys: [{ ...key('a', 1), k: 'c2hvcnQ' }] }), /keys.0 must have "k", 32 bytes/],
    ['another algorithm', JSON.stringify({ keys: [{ ...key('a', 1), alg: 'HS256' }] }), /must have "alg": "A256GCM"/],
    ['a misspelt name', JSON.stringify({ keys: [{ ...key('a', 1), kdi: 'b' }] }), /has kdi; there are only/],
    ['a name twice', JSON.stringify({ keys: [key('a', 1), key('a', 2)] }), /keys.1 has the same kid as keys.0/],
    ['a key twice', JSON.stringify({ keys: [key('a', 1), key('b', 1)] }), /keys.1 has the same key as keys.0/],
  ])('are refused with %s, without a part of them', (_, text, problem) => {
    const read = (): unknown => loadSealingKeys({ SECRET_KEYS_FILE: 'keys.json' }, () => text);

    expect(read).toThrow(problem);
    expect(read).not.toThrow(k(1));
  });
});
