import { BridgeError, FieldError } from '@bridgecore/contracts';
import { ConfigError } from '@bridgecore/runtime';
import { EXIT, ExitCode } from './exit-codes';

/** What else is known of a failure. */
export interface CliErrorOptions {
  /** What to do about it. */
  readonly hint?: string | undefined;
  /** What the gateway has answered with. */
  readonly status?: number;
  readonly requestId?: string | undefined;
  readonly errors?: readonly FieldError[];
}

/** A failure that is told in words, without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    readonly exitCode: ExitCode,
    /** Stable, for scripts. */
    readonly code: string,
    message: string,
    readonly options: CliErrorOptions = {},
  ) {
    super(message);
  }
}

/** Called otherwise than it can be. */
export function usageError(message: string, hint?: string): CliError {
  return new CliError(EXIT.usage, 'USAGE', message, { hint });
}

/** Any failure as one that can be told; undefined when it is a bug. */
export function explained(error: unknown): CliError | undefined {
  if (error instanceof CliError) return error;
  if (error instanceof ConfigError) return new CliError(EXIT.config, 'CONFIG_INVALID', error.message);
  if (!(error instanceof BridgeError)) return undefined;
  const { code, message, retry } = error;
  if (code === 'CONFIG_INVALID') return new CliError(EXIT.config, code, message);
  return new CliError(retry ? EXIT.unavailable : EXIT.found, code, message, { errors: error.errors });
}
