import { Type } from 'class-transformer';
import { IsInt, IsTimeZone, Matches, Max, Min } from 'class-validator';

/** When the scheduler asks for what is not a pull. */
export class ScheduleConfig {
  /** When the clean-up of each day begins. */
  @Matches(/^([01]\d|2[0-3]):[0-5]\d$/, { message: 'must be a time of day, as in 04:00' })
  readonly CLEAN_UP_TIME: string = '04:00';

  /** Of `CLEAN_UP_TIME`. */
  @IsTimeZone({ message: 'must be a time zone of the IANA database, as in Europe/Paris' })
  readonly CLEAN_UP_TIME_ZONE: string = 'UTC';

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(86_400)
  readonly CONNECTION_CHECK_SECONDS: number = 1_800;

  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(86_400)
  readonly STATISTICS_SECONDS: number = 300;
}
