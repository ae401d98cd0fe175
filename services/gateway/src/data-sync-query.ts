import { IsIn, IsOptional } from 'class-validator';
import { IsName, IsPageLimit, IsPosition } from './query-fields';

const ACTIONS = ['create', 'update', 'skip', 'fail'] as const;

/** Which runs are listed. */
export class RunQuery {
  @IsPageLimit()
  readonly limit: number = 20;
}

export const RUN_PARAMETERS: readonly string[] = ['limit'];

/** Which records of a run are listed. */
export class RecordQuery {
  /** The id of the last one seen. */
  @IsPosition('a record of this list')
  readonly after: string = '0';

  @IsPageLimit()
  readonly limit: number = 100;

  @IsOptional()
  @IsIn(ACTIONS, { message: `must be one of ${ACTIONS.join(', ')}` })
  readonly action?: (typeof ACTIONS)[number];

  @IsOptional()
  @IsName(64)
  readonly code?: string;
}

export const RECORD_PARAMETERS: readonly string[] = ['after', 'limit', 'action', 'code'];
