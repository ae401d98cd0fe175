import { IsOptional, IsUrl, Matches } from 'class-validator';
import { Secret } from '@bridgecore/runtime';

const GATEWAY_URL = {
  protocols: ['http', 'https'],
  require_protocol: true,
  require_tld: false,
  allow_underscores: true,
};
const URL_RULE = { message: 'must be an http or https URL without user and password, as in http://127.0.0.1:8081' };

/** What survives a header unchanged. */
const KEY = /^[\x21-\x7e]+$/;
const KEY_RULE = { message: 'must be printable ASCII characters without blanks' };

/** What the command line can be told beside the settings of the stores and of the Odoos. */
export class CliConfig {
  /** The gateway's operator port. */
  @IsUrl({ ...GATEWAY_URL, disallow_auth: true }, URL_RULE)
  readonly BRIDGECORE_URL: string = 'http://127.0.0.1:8081';

  /** The gateway's public port, where Odoo pushes to. */
  @IsUrl({ ...GATEWAY_URL, disallow_auth: true }, URL_RULE)
  readonly BRIDGECORE_PUSH_URL: string = 'http://127.0.0.1:8080';

  /** A key that the gateway knows, with the scopes `read` and `operate`; `read` is enough to look. */
  @Secret()
  @IsOptional()
  @Matches(KEY, KEY_RULE)
  readonly OPERATOR_API_KEY?: string;

  /** A key with the scope `ingest`, for the test push of `doctor`. */
  @Secret()
  @IsOptional()
  @Matches(KEY, KEY_RULE)
  readonly WEBHOOK_PUSH_API_KEY?: string;
}
