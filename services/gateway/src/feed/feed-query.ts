import { Transform } from 'class-transformer';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { IsName, IsPageLimit } from '../query-fields';

const MODELS_RULE = { message: 'must be at most 100 names of models, as in sale.order' };

/** Names of models, at least one. */
export function IsModels(): PropertyDecorator {
  const rules = [
    IsArray(MODELS_RULE),
    ArrayNotEmpty(MODELS_RULE),
    ArrayMaxSize(100, MODELS_RULE),
    Matches(/^[a-z0-9_.]{1,128}$/, { each: true, ...MODELS_RULE }),
    IsString({ each: true, ...MODELS_RULE }),
  ];
  return (target, property) => {
    for (const rule of rules) rule(target, property);
  };
}

/** Which part of the feed is asked for. */
export class FeedQuery {
  @IsOptional()
  @IsName(64)
  readonly system?: string;

  /** A position, `beginning`, `now` or a time. */
  @IsString({ message: 'must be a position, "beginning", "now" or a time' })
  @MaxLength(300)
  readonly after: string = 'beginning';

  @IsPageLimit()
  readonly limit: number = 100;

  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.split(',') : value))
  @IsModels()
  readonly models?: string[];

  @IsOptional()
  @IsIn(['latest'], { message: 'must be latest' })
  readonly coalesce?: 'latest';

  @IsIn(['true', 'false'], { message: 'must be true or false' })
  readonly tests: 'true' | 'false' = 'false';
}

/** Every parameter of the feed. */
export const FEED_PARAMETERS: readonly string[] = ['system', 'after', 'limit', 'models', 'coalesce', 'tests'];
