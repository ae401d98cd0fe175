import { IsOptional, IsString } from 'class-validator';

/** What secrets at rest are encrypted with. */
export class SealingConfig {
  /** A JWK set of symmetric keys; see `keyring.ts`. Without it there are no such secrets. */
  @IsOptional()
  @IsString()
  readonly SECRET_KEYS_FILE?: string;
}
