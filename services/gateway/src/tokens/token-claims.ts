import { IsString } from 'class-validator';
import { IsName } from '../query-fields';

/** For whom a token speaks: one app of one user's device, in one system. */
export interface Grant {
  readonly system: string;
  readonly user_id: string;
  readonly device_id: string;
  readonly app_type: string;
}

/** What a token of ours says beside its issuer, audience and times. */
export class TokenClaims {
  /** The user. */
  @IsName(128)
  readonly sub!: string;

  @IsName(128)
  readonly device_id!: string;

  @IsName(32)
  readonly app_type!: string;

  @IsName(64)
  readonly system!: string;

  @IsString()
  readonly jti!: string;

  /** The API key that made it, and a mark of that very key. */
  @IsString()
  readonly key_id!: string;

  @IsString()
  readonly key_mark!: string;
}
