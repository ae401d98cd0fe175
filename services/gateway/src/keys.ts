import { createHash, timingSafeEqual } from 'node:crypto';
import { Transform } from 'class-transformer';
import { ArrayNotEmpty, IsArray, IsDate, IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { toDate } from './time';

export const SCOPES = ['ingest', 'read', 'operate'] as const;
export type Scope = (typeof SCOPES)[number];

const SCOPE_RULE = { message: `must be an array of some of ${SCOPES.join(', ')}` };

/** A key as the gateway knows it: never the key itself, only its hash. */
export class ApiKey {
  /** Appears in logs and in the audit. */
  @Matches(/^[A-Za-z0-9_.-]{1,64}$/, { message: 'must be 1 to 64 letters, digits, _, . or -' })
  readonly id!: string;

  @IsOptional()
  @IsString()
  @MaxLength(200)
  readonly name?: string;

  @Matches(/^[0-9a-f]{64}$/, { message: 'must be the SHA-256 of the key in 64 lower-case hex digits' })
  readonly sha256!: string;

  @IsArray(SCOPE_RULE)
  @ArrayNotEmpty(SCOPE_RULE)
  @IsIn(SCOPES, { each: true, ...SCOPE_RULE })
  readonly scopes!: Scope[];

  /** The system that it speaks for. A key that pushes must have one; one that reads sees only its own. */
  @IsOptional()
  @IsString()
  readonly system?: string;

  /** From then on it is refused. */
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => toDate(value))
  @IsDate({ message: 'must be an ISO 8601 time, as in 2027-01-31T00:00:00Z' })
  readonly expires_at?: Date;
}

/** The names that a key in `API_KEYS_FILE` may have; a misspelt expiry must not make a key that never expires. */
export const KEY_FIELDS: readonly string[] = ['id', 'name', 'sha256', 'scopes', 'system', 'expires_at'];

/** A key that is given in plain, as the gateway keeps it. */
export function plainKey(id: string, key: string, scopes: Scope[], system?: string): ApiKey {
  return { id, sha256: sha256(key).toString('hex'), scopes, ...(system === undefined ? {} : { system }) };
}

/** The key with this text, in a time that does not depend on how much of it is right. */
export function findKey(keys: readonly ApiKey[], presented: string): ApiKey | undefined {
  const digest = sha256(presented);
  let found: ApiKey | undefined;
  for (const key of keys) if (timingSafeEqual(digest, Buffer.from(key.sha256, 'hex'))) found = key;
  return found;
}

/** True from the very moment of its expiry. */
export function hasExpired({ expires_at: end }: ApiKey, now = Date.now()): boolean {
  return end !== undefined && end.getTime() <= now;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
