import { IsUrl } from 'class-validator';
import { Secret } from '@bridgecore/runtime';

/** Where the events are kept. */
export class DatabaseConfig {
  @Secret()
  @IsUrl(
    { protocols: ['postgres', 'postgresql'], require_protocol: true, require_tld: false, allow_underscores: true },
    { message: 'must be a URL, as in postgres://user:password@127.0.0.1:5432/bridgecore' },
  )
  readonly DATABASE_URL!: string;
}
