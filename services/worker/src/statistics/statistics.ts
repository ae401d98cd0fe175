import { Type } from 'class-transformer';
import { IsArray, IsDate, IsInt, IsNumber, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import { QueueFigures } from '@bridgecore/runtime';

/** One queue, as `QueueFigures` has it. */
export class QueueStatistics implements Omit<QueueFigures, 'jobs'> {
  @IsString()
  readonly queue!: string;

  /** By state; another version may know others. */
  @IsObject()
  readonly jobs!: Readonly<Record<string, unknown>>;

  @IsOptional()
  @IsNumber()
  readonly oldest_seconds: number | null = null;
}

/** One system, as far as PostgreSQL could tell. */
export class SystemStatistics {
  @IsString()
  readonly system!: string;

  @IsInt()
  readonly dead_letters_open!: number;

  /** Since the last page or run that succeeded; null when there was none, or nobody declares it any more. */
  @IsOptional()
  @IsNumber()
  readonly pull_lag_seconds: number | null = null;
}

/** What is counted now and then, and kept in Redis for every worker to show. */
export class Statistics {
  @Type(() => Date)
  @IsDate()
  readonly at!: Date;

  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => QueueStatistics)
  readonly queues!: readonly QueueStatistics[];

  /** Empty when PostgreSQL was away. */
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => SystemStatistics)
  readonly systems!: readonly SystemStatistics[];
}
