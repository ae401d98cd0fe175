import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { DeviceRequest } from '../sync/sync-request';
import { MAX_TOKEN_SECONDS } from './tokens';

const SECONDS_RULE = { message: `must be an integer from 60 to ${MAX_TOKEN_SECONDS}` };

/** For whom a token is asked, and for how long. */
export class TokenRequest extends DeviceRequest {
  /** A phone without a network keeps it no longer than it must: a stolen one is of use until then. */
  @IsOptional()
  @IsInt(SECONDS_RULE)
  @Min(60, SECONDS_RULE)
  @Max(MAX_TOKEN_SECONDS, SECONDS_RULE)
  readonly expires_in_seconds?: number;
}

export const DEFAULT_TOKEN_SECONDS = 900;

export const TOKEN_FIELDS: readonly string[] = ['system', 'user_id', 'device_id', 'app_type', 'expires_in_seconds'];
