import { IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min, ValidateBy, ValidateIf } from 'class-validator';
import {
  BridgeError,
  invalid,
  isRecord,
  isSigningSecret,
  kindOf,
  parse,
  parseSubscription,
} from '@bridgecore/contracts';
import { SubscriptionSpec } from '@bridgecore/contracts';
import { SubscriptionSettings } from '@bridgecore/database';
import { knownFields } from '../sync/sync-request';

/** What may be changed of a subscription; its name is what it is known by, and secrets have routes of their own. */
export const CHANGEABLE = ['url', 'filter', 'body', 'ordered', 'rate_per_minute'] as const;

/** A subscription that is asked for, checked. Without secrets it gets one that is made here. */
export function parseCreation(body: unknown): SubscriptionSpec {
  const spec = parseSubscription(body);
  if (spec.secrets?.length !== 0) return spec;
  throw invalid([{ field: 'secrets', message: 'must have at least one, or be left out' }], 'REQUEST_INVALID');
}

/** What a subscription is to become: a field that is given replaces the one that it has, a filter as a whole. */
export function parseChange(body: unknown, before: SubscriptionSettings): SubscriptionSettings {
  if (!isRecord(body)) throw new BridgeError('REQUEST_INVALID', `Expected a JSON object, got ${kindOf(body)}.`);
  knownFields(body, CHANGEABLE);
  const { name, url, filter, body: sent, ordered, rate_per_minute } = before;
  return parseSubscription({ name, url, filter, body: sent, ordered, rate_per_minute, ...body });
}

/** Why a subscription is paused, for its state and the audit. */
export class PauseRequest {
  @IsOptional()
  @IsString({ message: 'must be a text' })
  @MaxLength(500)
  @Matches(/^[^\p{Cc}\p{Cs}]*$/u, { message: 'must be one line of text' })
  readonly reason: string | null = null;
}

/** A pause's body, which may be missing. */
export function parsePause(body: unknown): PauseRequest {
  return parseScalars(PauseRequest, body, ['reason']);
}

const IfGiven = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

const DAY_SECONDS = 86_400;
const YEAR_SECONDS = 365 * DAY_SECONDS;
const EXPIRY_RULE = { message: `must be an integer from 0 to ${YEAR_SECONDS}` };

/** A secret to sign with from now on. */
export class SecretRequest {
  /** Made here unless it is given. */
  @IfGiven()
  @ValidateBy({
    name: 'isSigningSecret',
    validator: {
      validate: isSigningSecret,
      defaultMessage: () => 'must be whsec_ and 24 to 64 bytes in base64',
    },
  })
  readonly secret?: string;

  /** So long a receiver has to take it over. */
  @IsInt(EXPIRY_RULE)
  @Min(0, EXPIRY_RULE)
  @Max(YEAR_SECONDS, EXPIRY_RULE)
  readonly expire_others_in_seconds: number = DAY_SECONDS;
}

/** The body of a new secret, which may be missing. */
export function parseSecret(body: unknown): SecretRequest {
  return parseScalars(SecretRequest, body, ['secret', 'expire_others_in_seconds']);
}

/** Of what is no scalar it is enough to know that: class-transformer fails without a name at a member called `constructor`. */
function parseScalars<T extends object>(Shape: new () => T, body: unknown, known: readonly string[]): T {
  if (body === undefined) return new Shape();
  if (!isRecord(body)) return parse(Shape, body, 'REQUEST_INVALID');
  knownFields(body, known);
  const plain = (value: unknown): unknown => (typeof value === 'object' && value !== null ? [] : value);
  const fields = Object.entries(body).map(([name, value]) => [name, plain(value)]);
  return parse(Shape, Object.fromEntries(fields), 'REQUEST_INVALID');
}
