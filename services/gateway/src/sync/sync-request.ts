import { Transform } from 'class-transformer';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { AppTypes, FailureCode, invalid, isRecord } from '@bridgecore/contracts';
import { IsModels } from '../feed/feed-query';
import { IsName, IsPageLimit } from '../query-fields';

/** Users have numbers in Odoo, and names elsewhere. */
const AsText = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (Number.isSafeInteger(value) ? String(value) : value));

/** Which device is meant: an app on it is a reader of its own. */
export class DeviceRequest {
  @IsOptional()
  @IsName(64)
  readonly system?: string;

  @AsText()
  @IsName(128)
  readonly user_id!: string;

  @AsText()
  @IsName(128)
  readonly device_id!: string;

  @IsName(32)
  readonly app_type!: string;
}

/** What a device asks for. */
export class PullRequest extends DeviceRequest {
  @IsOptional()
  @IsModels()
  readonly models?: string[];

  @IsPageLimit()
  readonly limit: number = 100;

  /** The `position` of the page that it has processed. */
  @IsOptional()
  @IsString()
  @MaxLength(300)
  readonly ack?: string;

  /** Where a device begins that is not known yet. */
  @IsString({ message: 'must be "beginning", "now" or a time' })
  @MaxLength(300)
  readonly start: string = 'now';

  @IsOptional()
  @IsIn(['latest'], { message: 'must be latest' })
  readonly coalesce?: 'latest';
}

/** Where a device is to go on. */
export class ResetRequest extends DeviceRequest {
  @IsString({ message: 'must be a position, "beginning", "now" or a time' })
  @MaxLength(300)
  readonly to!: string;
}

/** Of whom the states are asked for. */
export class StateQuery {
  @IsOptional()
  @IsName(64)
  readonly system?: string;

  @IsName(128)
  readonly user_id!: string;

  @IsOptional()
  @IsName(128)
  readonly device_id?: string;
}

export const PULL_FIELDS: readonly string[] = [
  ...['system', 'user_id', 'device_id', 'app_type', 'models', 'limit', 'ack', 'start', 'coalesce'],
];
export const RESET_FIELDS: readonly string[] = ['system', 'user_id', 'device_id', 'app_type', 'to'];
export const STATE_PARAMETERS: readonly string[] = ['system', 'user_id', 'device_id'];

/** A misspelt `ack` must not give the same page for ever. */
export function knownFields(body: unknown, known: readonly string[]): unknown {
  const unknown = isRecord(body) ? Object.keys(body).filter((name) => !known.includes(name)) : [];
  if (unknown.length === 0) return body;
  const message = `is not a field here; there are ${known.join(', ')}`;
  throw invalid(
    unknown.map((field) => ({ field: field.slice(0, 50), message })),
    'REQUEST_INVALID',
  );
}

/** The models that an app is shown of those that it asks for; null is all. */
export function modelsFor(
  appTypes: AppTypes,
  appType: string,
  asked?: readonly string[],
  code: FailureCode = 'REQUEST_INVALID',
): readonly string[] | null {
  const allowed = appTypes.get(appType);
  if (allowed === undefined) {
    const message = `is not an app type here; there are ${[...appTypes.keys()].join(', ')}`;
    throw invalid([{ field: 'app_type', message }], code);
  }
  if (asked === undefined || allowed === null) return asked ?? allowed;
  const strange = asked.filter((model) => !allowed.includes(model));
  if (strange.length === 0) return asked;
  const message = `has ${strange.join(', ')}, which the app type "${appType}" is not shown`;
  throw invalid([{ field: 'models', message }], code);
}
