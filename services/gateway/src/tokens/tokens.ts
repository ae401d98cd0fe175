import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { errors, jwtVerify, JWTVerifyGetKey, SignJWT } from 'jose';
import { BridgeError, parse } from '@bridgecore/contracts';
import { ApiKey, hasExpired } from '../keys';
import { Grant, TokenClaims } from './token-claims';
import { TokenKey } from './token-keys';

const ISSUER = 'bridgecore';
const AUDIENCE = 'sync';
const ALGORITHM = 'EdDSA';
/** By so much the clocks of two gateways may differ. */
const CLOCK_TOLERANCE_SECONDS = 5;
export const MAX_TOKEN_SECONDS = 86_400;
/** More than the longest names of a grant make. */
const MAX_TOKEN_LENGTH = 4_096;

/** A token as it is handed out; `jti` names it in logs. */
export interface MintedToken {
  readonly token: string;
  readonly jti: string;
  readonly expiresAt: Date;
}

/** What a token that is valid now lets its bearer do, and the API key that made it. */
export interface VerifiedToken {
  readonly key: ApiKey;
  readonly grant: Grant;
  readonly jti: string;
}

/** Whether this has the shape of a token; whether it is one, its signature tells. */
export function looksLikeToken(text: string): boolean {
  return /^ey[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*$/.test(text);
}

/**
 * Makes and verifies the tokens of consumers' apps. They are kept nowhere: any gateway with the same files takes them, with Redis
 * and PostgreSQL away too, and they end with the API key that made them.
 */
export class Tokens {
  constructor(
    private readonly signingKeys: readonly TokenKey[],
    private readonly apiKeys: readonly ApiKey[],
  ) {}

  /** A token for one app on one device; one made by a key that expires ends with that. */
  async mint(grant: Grant, by: ApiKey, seconds: number): Promise<MintedToken> {
    const [signing] = this.signingKeys;
    if (signing === undefined) {
      throw new BridgeError(
        'TOKENS_DISABLED',
        'There are no tokens here: the gateway was started without TOKEN_KEYS_FILE.',
      );
    }
    const { user_id, ...device } = grant;
    const issued = Math.floor(Date.now() / 1_000);
    const end = Math.floor((by.expires_at?.getTime() ?? Infinity) / 1_000);
    const expires = Math.min(issued + seconds, end);
    const jti = randomUUID();
    const token = await new SignJWT({ ...device, key_id: by.id, key_mark: markOf(by, signing) })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', kid: signing.kid })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(user_id)
      .setIssuedAt(issued)
      .setExpirationTime(expires)
      .setJti(jti)
      .sign(signing.privateKey);
    return { token, jti, expiresAt: new Date(expires * 1_000) };
  }

  /** What the token grants. Throws a 401 that says the same of every token that was not made here. */
  async verify(token: string): Promise<VerifiedToken> {
    const { claims, signing } = await this.read(token);
    const key = this.apiKeys.find(({ id }) => id === claims.key_id);
    const isValid =
      key !== undefined &&
      isSame(markOf(key, signing), claims.key_mark) &&
      !hasExpired(key) &&
      key.scopes.includes('read') &&
      (key.system === undefined || key.system === claims.system);
    if (!isValid) throw refused('The key that made this token is not valid any more.');
    const { sub: user_id, device_id, app_type, system, jti } = claims;
    return { key, grant: { user_id, device_id, app_type, system }, jti };
  }

  private async read(token: string): Promise<{ claims: TokenClaims; signing: TokenKey }> {
    try {
      if (token.length > MAX_TOKEN_LENGTH) throw refused(INVALID);
      const { payload, protectedHeader } = await jwtVerify(token, this.signingKey, {
        algorithms: [ALGORITHM], // else a public key would do as an HMAC's secret, and "none" as a signature
        ...{ issuer: ISSUER, audience: AUDIENCE, clockTolerance: CLOCK_TOLERANCE_SECONDS },
        maxTokenAge: MAX_TOKEN_SECONDS, // refuses one of the future too
        requiredClaims: ['sub', 'exp', 'jti'],
      });
      return { claims: parse(TokenClaims, payload), signing: this.named(protectedHeader.kid) };
    } catch (error) {
      // Only of one with a good signature: jose looks at it first.
      if (error instanceof errors.JWTExpired) throw refused('This token has expired: get a new one.');
      throw refused(INVALID);
    }
  }

  private readonly signingKey: JWTVerifyGetKey = ({ kid }) => this.named(kid).publicKey;

  private named(kid: string | undefined): TokenKey {
    const found = this.signingKeys.find((key) => key.kid === kid);
    if (found === undefined) throw refused(INVALID);
    return found;
  }
}

const INVALID = 'This token is not valid here.';

/**
 * Ties a token to the very key that made it: another one may have its id by now, as the next OPERATOR_API_KEY always has. Keyed by the
 * private key, so that the token says nothing of the API key.
 */
function markOf({ id, sha256 }: ApiKey, { privateKey }: TokenKey): string {
  const secret = Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
  return createHmac('sha256', secret).update(`bridgecore key ${id} ${sha256}`).digest('base64url').slice(0, 22);
}

function isSame(expected: string, given: string): boolean {
  const [left, right] = [Buffer.from(expected), Buffer.from(given)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function refused(detail: string): BridgeError {
  return new BridgeError('AUTHENTICATION_REQUIRED', detail);
}
