import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Matches, Max, Min, ValidateIf } from 'class-validator';
import { WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { Secret } from '@bridgecore/runtime';

/** What survives a header unchanged. */
const KEY = /^[\x21-\x7e]{32,}$/;
/** With a file of keys, or of systems (whose keys must each name one), there need be no plain key. */
const mustBePlain = (given: Partial<Record<string, unknown>>): boolean =>
  given['API_KEYS_FILE'] === undefined && given['SYSTEMS_FILE'] === undefined;

const KEY_RULE = {
  message: 'must be at least 32 printable ASCII characters without blanks; make one with `openssl rand -hex 20`',
};

/** What the gateway can be told beside the settings that it shares with other services. */
export class GatewayConfig {
  /** Where Odoo pushes to. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly PORT: number = 8080;

  @IsString()
  readonly HOST: string = '0.0.0.0';

  /** Where operators look; on loopback unless `OPERATOR_HOST` says otherwise. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  readonly OPERATOR_PORT: number = 8081;

  @IsString()
  readonly OPERATOR_HOST: string = '127.0.0.1';

  /** One plain key with the scope `ingest`, for the one system; needed when there is no file of keys. */
  @Secret()
  @ValidateIf(
    (given: Partial<Record<string, unknown>>) => given['WEBHOOK_PUSH_API_KEY'] !== undefined || mustBePlain(given),
  )
  @Matches(KEY, KEY_RULE)
  readonly WEBHOOK_PUSH_API_KEY?: string;

  /** One plain key with the scopes `read` and `operate`. */
  @Secret()
  @IsOptional()
  @Matches(KEY, KEY_RULE)
  readonly OPERATOR_API_KEY?: string;

  /** Keys by their SHA-256; see `load-keys.ts`. */
  @IsOptional()
  @IsString()
  readonly API_KEYS_FILE?: string;

  /** What consumers' tokens are signed with, a JWK set; see `tokens/token-keys.ts`. Without it there are none. */
  @IsOptional()
  @IsString()
  readonly TOKEN_KEYS_FILE?: string;

  /** Pushes per key and minute; a batch counts once. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  readonly WEBHOOK_RATE_LIMIT_PER_MINUTE: number = 200;

  /** Tokens made per key and minute. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  readonly TOKEN_RATE_LIMIT_PER_MINUTE: number = 600;

  /** Jobs of pushed events that are not done; beyond it pushes are refused. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  readonly WEBHOOK_MAX_BACKLOG_JOBS: number = 100_000;

  /** How much of its `maxmemory` Redis may use before pushes are refused; without one there is no such bound. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  readonly WEBHOOK_MAX_REDIS_MEMORY_PERCENT: number = 80;

  /** How often a job of pushed events is tried. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  readonly WEBHOOK_JOB_ATTEMPTS: number = WEBHOOK_EVENTS.attempts;

  /** The pause after its first failure; it doubles from try to try, with jitter. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(3_600_000)
  readonly WEBHOOK_JOB_BACKOFF_MS: number = WEBHOOK_EVENTS.backoffMs;

  @Type(() => Number)
  @IsInt()
  @Min(1_024)
  @Max(64 * 1024 * 1024)
  readonly WEBHOOK_MAX_BODY_BYTES: number = 1024 * 1024;

  /** A push whose job is not in Redis by then is answered 503: Odoo pushes inside its user's click. */
  @Type(() => Number)
  @IsInt()
  @Min(50)
  @Max(30_000)
  readonly WEBHOOK_DEADLINE_MS: number = 1_800;

  /** Consumers' calls that read at the same time, of the five connections that they share with operators. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(4)
  readonly CONSUMER_CONCURRENCY: number = 3;

  /** One that has not got its turn by then is answered 503. */
  @Type(() => Number)
  @IsInt()
  @Min(100)
  @Max(60_000)
  readonly CONSUMER_WAIT_MS: number = 5_000;
}
