import { createHmac, KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { JsonRecord } from '@bridgecore/contracts';
import { plainKey } from '../src/keys';
import { TokenKey } from '../src/tokens/token-keys';
import { Tokens } from '../src/tokens/tokens';
import { operatorKey, PUSH_KEY } from './test-keys';
import { tokenJwk, tokenKeysOf } from './token-keys';

const GRANT = { system: 'odoo', user_id: 'u-1', device_id: 'd-1', app_type: 'sales' };
const now = (): number => Math.floor(Date.now() / 1_000);
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const decoded = (part = ''): JsonRecord => JSON.parse(Buffer.from(part, 'base64url').toString()) as JsonRecord;

const [signing, other] = tokenKeysOf(tokenJwk('k1'), tokenJwk('k2')) as [TokenKey, TokenKey];
const tokens = new Tokens([signing], [operatorKey()]);
const mint = async (): Promise<string> => (await tokens.mint(GRANT, operatorKey(), 900)).token;

/** A token of ours with other claims, and its signature made anew. */
async function resigned(
  claims: JsonRecord,
  header: JsonRecord = {},
  key: KeyObject = signing.privateKey,
): Promise<string> {
  const payload = { ...decoded((await mint()).split('.')[1]), ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', kid: 'k1', ...header }).sign(key);
}

/** Signed with the public key as if that were a secret. */
async function confused(secret: string | Buffer): Promise<string> {
  const [, payload = ''] = (await mint()).split('.');
  const signed = `${encoded({ alg: 'HS256', typ: 'JWT', kid: 'k1' })}.${payload}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

async function altered(change: (parts: [string, string, string]) => string[]): Promise<string> {
  return change((await mint()).split('.') as [string, string, string]).join('.');
}

const FORGED: Record<string, () => Promise<string>> = {
  'alg none without a signature': () => altered(([, payload]) => [encoded({ alg: 'none', kid: 'k1' }), payload, '']),
  'alg none with the signature': () =>
    altered(([, payload, sign]) => [encoded({ alg: 'none', kid: 'k1' }), payload, sign]),
  'HS256 with the public key as PEM': () => confused(signing.publicKey.export({ format: 'pem', type: 'spki' })),
  'HS256 with the public key as bytes': () =>
    confused(Buffer.from(signing.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')),
  'an unknown kid': () => resigned({}, { kid: 'k9' }),
  'no kid': () => resigned({}, { kid: undefined }),
  'the kid of ours and the key of another BridgeCore': () => resigned({}, {}, other.privateKey),
  'another BridgeCore': () => resigned({}, { kid: 'k2' }, other.privateKey),
  'an embedded key': () => resigned({}, { jwk: other.publicKey.export({ format: 'jwk' }) }, other.privateKey),
  'one that is not valid yet': () => resigned({ nbf: now() + 60 }),
  'one made in the future': () => resigned({ iat: now() + 60, exp: now() + 900 }),
  'another audience': () => resigned({ aud: 'operators' }),
  'another issuer': () => resigned({ iss: 'somebody' }),
  'no expiry': () => resigned({ exp: undefined }),
  'no user': () => resigned({ sub: undefined }),
  'a user that is no text': () => resigned({ device_id: ['d-1'] }),
  'another payload under the signature': () =>
    altered(([header, payload, sign]) => [header, encoded({ ...decoded(payload), sub: 'u-2' }), sign]),
  'a truncated signature': () => altered(([header, payload, sign]) => [header, payload, sign.slice(0, -4)]),
  'an empty payload': () => altered(([header, , sign]) => [header, '', sign]),
  'a huge one': () => resigned({ more: 'x'.repeat(5_000) }),
  'nothing between the dots': () => Promise.resolve('ey..'),
};

async function refusalOf(by: Tokens, token: string): Promise<unknown> {
  return by.verify(token).then(
    () => 'taken',
    (error: unknown) => ({ ...(error as { code: string; status: number }), message: (error as Error).message }),
  );
}

const refused = (message: string): unknown => expect.objectContaining({ status: 401, message });

describe('Tokens', () => {
  it('takes a token that it has made, and one resigned with nothing changed', async () => {
    const verified = await tokens.verify(await mint());
    const control = await tokens.verify(await resigned({}));

    expect(verified.grant).toEqual(GRANT);
    expect(verified.key.id).toBe('operator');
    expect(control.grant).toEqual(GRANT);
  });

  it.each(Object.keys(FORGED))('says the same as of any other forged token of %s', async (name) => {
    const token = (await FORGED[name]?.()) ?? '';

    expect(await refusalOf(tokens, token)).toEqual(refused('This token is not valid here.'));
  });

  it('tells that a token has expired only when it was signed here, and forgives the clocks a little', async () => {
    const expired = await resigned({ iat: now() - 900, exp: now() - 60 });
    const forged = await resigned({ iat: now() - 900, exp: now() - 60 }, {}, other.privateKey);
    const justExpired = await resigned({ iat: now() - 900, exp: now() - 1 });

    expect(await refusalOf(tokens, expired)).toEqual(refused('This token has expired: get a new one.'));
    expect(await refusalOf(tokens, forged)).toEqual(refused('This token is not valid here.'));
    expect(await refusalOf(tokens, justExpired)).toBe('taken');
  });

  it('never takes one for longer than a day, whatever it says', async () => {
    const endless = await resigned({ iat: now() - 90_000, exp: now() + 90_000 });

    expect(await refusalOf(tokens, endless)).not.toBe('taken');
  });

  it('takes the tokens of the key before when another one signs, until that is taken away', async () => {
    const token = await mint();
    const rotating = new Tokens([other, signing], [operatorKey()]);
    const rotated = new Tokens([other], [operatorKey()]);

    expect(await refusalOf(rotating, token)).toBe('taken');
    expect(decoded((await rotating.mint(GRANT, operatorKey(), 60)).token.split('.')[0])).toMatchObject({ kid: 'k2' });
    expect(await refusalOf(rotated, token)).toEqual(refused('This token is not valid here.'));
  });

  it.each([
    ['is not there any more', []],
    ['was replaced by another of the same id', [plainKey('operator', PUSH_KEY, ['read', 'operate'])]],
    ['has expired', [{ ...operatorKey(), expires_at: new Date(0) }]],
    ['may not read any more', [{ ...operatorKey(), scopes: ['operate' as const] }]],
    ['speaks for another system now', [{ ...operatorKey(), system: 'paris' }]],
  ])('ends a token when the key that made it %s', async (_why, keys) => {
    const later = new Tokens([signing], keys);

    const refusal = await refusalOf(later, await mint());

    expect(refusal).toEqual(refused('The key that made this token is not valid any more.'));
  });

  it('ends a token with the key that makes it', async () => {
    const end = new Date((now() + 100) * 1_000);

    const { expiresAt } = await tokens.mint(GRANT, { ...operatorKey(), expires_at: end }, 900);

    expect(expiresAt).toEqual(end);
  });

  it('takes the longest names, in any writing', async () => {
    const [user_id, device_id] = ['\u{20ac}'.repeat(128), '"'.repeat(128)];
    const longest = { user_id, device_id, system: '\u{20ac}'.repeat(64), app_type: 'a'.repeat(32) };

    const { token } = await tokens.mint(longest, operatorKey(), 60);

    expect((await tokens.verify(token)).grant).toEqual(longest);
  });

  it('says nothing of the API key', async () => {
    const text = JSON.stringify(decoded((await mint()).split('.')[1]));

    expect(text).not.toContain(operatorKey().sha256.slice(0, 8));
    expect(Object.keys(JSON.parse(text) as object).sort()).toEqual([
      'app_type',
      'aud',
      'device_id',
      'exp',
      'iat',
      'iss',
      'jti',
      'key_id',
      'key_mark',
      'sub',
      'system',
    ]);
  });
});
