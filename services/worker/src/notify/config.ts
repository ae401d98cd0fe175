import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

/** How notifications are sent. */
export class NotifyConfig {
  /** One try may take so long in all: connecting, sending, and what is read of the answer. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(120)
  readonly NOTIFY_TIMEOUT_SECONDS: number = 10;

  /** So many tries, over a day and a half unless the rest is changed; then a delivery is dead, until it is replayed. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  readonly NOTIFY_ATTEMPTS: number = 12;

  /** The wait after the first try; each further one is three times as long, up to 12 hours. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(3_600)
  readonly NOTIFY_BACKOFF_SECONDS: number = 5;

  /** Tries at the same time, for each subscription in each worker. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  readonly NOTIFY_CONCURRENCY: number = 4;

  /** A subscription for which nothing has succeeded for so long is paused, until an operator resumes it. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(8_760)
  readonly NOTIFY_PAUSE_AFTER_HOURS: number = 24;
}

/** The same, as the code reckons with it. */
export interface NotifyRules {
  readonly timeoutMs: number;
  /** What a worker has claimed and not settled is anybody's again after this. */
  readonly leaseMs: number;
  readonly attempts: number;
  readonly backoffMs: number;
  readonly concurrency: number;
  readonly pauseAfterMs: number;
}

/** Between the end of a call and its settling there may be a PostgreSQL that is slow: longer than one statement may take. */
const SETTLING_MS = 20_000;

export function notifyRules(config: NotifyConfig): NotifyRules {
  const timeoutMs = config.NOTIFY_TIMEOUT_SECONDS * 1_000;
  return {
    timeoutMs,
    leaseMs: timeoutMs + SETTLING_MS,
    attempts: config.NOTIFY_ATTEMPTS,
    backoffMs: config.NOTIFY_BACKOFF_SECONDS * 1_000,
    concurrency: config.NOTIFY_CONCURRENCY,
    pauseAfterMs: config.NOTIFY_PAUSE_AFTER_HOURS * 3_600_000,
  };
}
