import { createHash, timingSafeEqual } from 'node:crypto';
import { Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  IsArray,
  IsIn,
  IsISO8601,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { BridgeError, OdooSettings, parse } from '@bridgecore/contracts';
import { GatewayConfig } from './config';

export const SCOPES = ['ingest', 'read', 'operate'] as const;
export type Scope = (typeof SCOPES)[number];

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

  @IsArray()
  @ArrayNotEmpty()
  @IsIn(SCOPES, { each: true, message: `must be some of ${SCOPES.join(', ')}` })
  readonly scopes!: Scope[];

  /** The system that it speaks for. A key that pushes must have one; one that reads sees only its own. */
  @IsOptional()
  @IsString()
  readonly system?: string;

  @IsOptional()
  @IsISO8601()
  readonly expires_at?: string;
}

class ApiKeysFile {
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => ApiKey)
  readonly keys!: ApiKey[];
}

/** Every key that the configuration names. Throws `CONFIG_INVALID` rather than leave the gateway open or unusable. */
export function loadKeys(
  config: GatewayConfig & OdooSettings,
  systems: ReadonlySet<string>,
  readText: (path: string) => string,
): ApiKey[] {
  const { WEBHOOK_PUSH_API_KEY, OPERATOR_API_KEY, API_KEYS_FILE, SYSTEMS_FILE, ODOO_SYSTEM_ID } = config;
  if (WEBHOOK_PUSH_API_KEY !== undefined && SYSTEMS_FILE !== undefined) {
    throw misconfigured(
      'With SYSTEMS_FILE every push key must name its system: use API_KEYS_FILE, not WEBHOOK_PUSH_API_KEY.',
    );
  }
  const keys = API_KEYS_FILE === undefined ? [] : keysIn(readText(API_KEYS_FILE), API_KEYS_FILE);
  if (WEBHOOK_PUSH_API_KEY !== undefined) keys.push(plain('push', WEBHOOK_PUSH_API_KEY, ['ingest'], ODOO_SYSTEM_ID));
  if (OPERATOR_API_KEY !== undefined) keys.push(plain('operator', OPERATOR_API_KEY, ['read', 'operate']));
  check(keys, systems);
  return keys;
}

function check(keys: readonly ApiKey[], systems: ReadonlySet<string>): void {
  const pushing = keys.filter(({ scopes }) => scopes.includes('ingest'));
  if (pushing.length === 0) {
    throw misconfigured('No key may push: set WEBHOOK_PUSH_API_KEY, or API_KEYS_FILE with a key of scope "ingest".');
  }
  const lost = pushing.find(({ system }) => system === undefined || !systems.has(system));
  if (lost !== undefined) {
    throw misconfigured(`The push key "${lost.id}" must name a system; there are: ${[...systems].join(', ')}.`);
  }
  const ids = keys.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw misconfigured(`Two keys have the id "${twice}".`);
}

function keysIn(text: string, path: string): ApiKey[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw misconfigured(`API_KEYS_FILE ${path} is not JSON: ${(error as Error).message}`);
  }
  return parse(ApiKeysFile, content, 'CONFIG_INVALID').keys;
}

function plain(id: string, key: string, scopes: Scope[], system?: string): ApiKey {
  return { id, sha256: sha256(key).toString('hex'), scopes, ...(system === undefined ? {} : { system }) };
}

/** The key with this text, in a time that does not depend on how much of it is right. */
export function findKey(keys: readonly ApiKey[], presented: string): ApiKey | undefined {
  const digest = sha256(presented);
  let found: ApiKey | undefined;
  for (const key of keys) if (timingSafeEqual(digest, Buffer.from(key.sha256, 'hex'))) found = key;
  return found;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function misconfigured(message: string): BridgeError {
  return new BridgeError('CONFIG_INVALID', message);
}
