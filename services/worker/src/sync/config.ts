import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';

/** How records are synced between Odoos. */
export class DataSyncConfig {
  /** Natural keys and what is not copied, by model; without it, what `sync-models.ts` has. */
  @IsOptional()
  @IsString()
  readonly DATA_SYNC_FILE?: string;

  /** Runs that one worker does at the same time, of different pairs of systems. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  readonly DATA_SYNC_CONCURRENCY: number = 2;

  /** Records that are read and written together. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000)
  readonly DATA_SYNC_BATCH_SIZE: number = 100;

  /** So much of what the last run has read is read again: `write_date` is when a transaction began, not when it became visible. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(7 * 86_400)
  readonly DATA_SYNC_OVERLAP_SECONDS: number = 900;

  /** One call of Odoo's RPC, which may write a whole batch; Odoo itself gives up after two minutes. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(600)
  readonly ODOO_RPC_TIMEOUT_SECONDS: number = 120;
}
