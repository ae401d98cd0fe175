import { Type } from 'class-transformer';
import { IsInt, Max, Min, ValidateBy } from 'class-validator';

const MAX_SECONDS = 7 * 86_400; // timers overflow at 24 days

/** What the worker can be told beside the settings that it shares with other services. */
export class WorkerConfig {
  /** Jobs of pushed events worked at the same time; each may hold 100 events. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  readonly WORKER_CONCURRENCY: number = 4;

  /** An attempt at a job of pushed events that takes longer fails and is tried again. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(3_600)
  readonly WEBHOOK_JOB_TIMEOUT_SECONDS: number = 60;

  /** What a worker held that died or froze is taken up by another after this, and at most a third more. */
  @Type(() => Number)
  @IsInt()
  @Min(2)
  @Max(600)
  readonly WORKER_JOB_LOCK_SECONDS: number = 15;

  /** How long a push is remembered in Redis, in front of PostgreSQL. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_SECONDS)
  readonly WEBHOOK_DEDUP_TTL_SECONDS: number = 3_600;

  @Type(() => Number)
  @IsInt()
  @Min(3)
  @Max(MAX_SECONDS)
  readonly ODOO_SYNC_LOCK_TTL_SECONDS: number = 60;

  /** A sweep looks for late commits in every so-many-th run of a system. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  readonly ODOO_SYNC_SWEEP_EVERY: number = 10;

  /** A run that has pulled for so long stops after its page; the next tick goes on. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(MAX_SECONDS)
  readonly ODOO_SYNC_RUN_SECONDS: number = 300;

  /** One call of Odoo may take so long; a run ends only between its calls. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(600)
  @IsLessThan('ODOO_SYNC_RUN_SECONDS')
  readonly ODOO_TIMEOUT_SECONDS: number = 30;

  /** An Odoo that is away is asked again within this. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(30)
  readonly ODOO_BREAKER_SECONDS: number = 30;

  /** How often a worker looks for outbox rows that nobody woke it for: a crash, a restart or another worker left them. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(3_600)
  readonly OUTBOX_SWEEP_SECONDS: number = 5;

  /** How often jobs that have used up their attempts are looked for, to become dead letters. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(3_600)
  readonly DEAD_LETTER_MOVE_SECONDS: number = 10;

  /** A clock of an Odoo that is further off than this is told as a problem. */
  @Type(() => Number)
  @IsInt()
  @Min(2)
  @Max(86_400)
  readonly CLOCK_SKEW_WARN_SECONDS: number = 30;
}

/** What covers a call must last longer than the call. */
function IsLessThan(other: keyof WorkerConfig): PropertyDecorator {
  const limitOf = (config: object | undefined): number => Number((config as WorkerConfig | undefined)?.[other]);
  return ValidateBy({
    name: 'isLessThan',
    validator: {
      validate: (value, args) => !(Number(value) >= limitOf(args?.object)),
      defaultMessage: (args) => `must be less than ${other} (${limitOf(args?.object)}); it is ${String(args?.value)}`,
    },
  });
}
