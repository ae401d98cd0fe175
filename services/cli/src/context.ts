import { createInterface } from 'node:readline/promises';
import { Environment, loadConfig, readTextFile } from '@bridgecore/runtime';
import { Api, PUBLIC_SIDE } from './api/api';
import { CliError, usageError } from './cli-error';
import { CliConfig } from './config';
import { EXIT } from './exit-codes';
import { Output, Stream } from './output';

/** What every command takes. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly url?: string;
  readonly keyFile?: string;
}

/** The process around a command. */
export interface World {
  readonly env: Environment;
  readonly stdin: NodeJS.ReadStream;
  readonly out: Stream;
  readonly err: Stream;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
}

/** What a command works with. */
export class Context {
  readonly output: Output;

  constructor(
    readonly world: World,
    readonly options: GlobalOptions,
  ) {
    const { out, err, env } = world;
    this.output = new Output({ out, err, env, isJson: options.json === true });
  }

  get env(): Environment {
    return this.world.env;
  }

  /** The settings of the command line; `--url` and `--key-file` go before the environment. */
  config(): CliConfig {
    const { url, keyFile } = this.options;
    const given = {
      ...this.env,
      ...(url === undefined ? {} : { BRIDGECORE_URL: url }),
      ...(keyFile === undefined
        ? {}
        : { OPERATOR_API_KEY: readTextFile(keyFile, '--key-file').trim(), OPERATOR_API_KEY_FILE: '' }),
    };
    return loadConfig([CliConfig], given);
  }

  /** The operator's side of the gateway. */
  api(): Api {
    const { BRIDGECORE_URL: url, OPERATOR_API_KEY: key } = this.config();
    if (key === undefined) throw missingKey();
    return new Api({ url, key, isClean: !this.output.isJson, signal: this.world.interrupted });
  }

  /** The consumers' side of the gateway, with the operator's key, which may read there too. */
  publicApi(): Api {
    const { BRIDGECORE_PUSH_URL: url, OPERATOR_API_KEY: key } = this.config();
    if (key === undefined) throw missingKey();
    if (!this.env['BRIDGECORE_PUSH_URL'] && (this.env['BRIDGECORE_URL'] || this.options.url)) throw missingPublicUrl();
    const names = { ...PUBLIC_SIDE, key: 'OPERATOR_API_KEY' };
    return new Api({ url, key, names, isClean: !this.output.isJson, signal: this.world.interrupted });
  }

  /** Asks for a yes. Where nobody can be asked, `insteadOf` says what to write. */
  async confirm(question: string, insteadOf: string): Promise<boolean> {
    const { stdin } = this.world;
    if (!stdin.isTTY) throw usageError(`${question} Nobody can be asked here: give ${insteadOf} to say yes.`);
    const lines = createInterface({ input: stdin, output: process.stderr });
    try {
      const answer = await lines.question(`${question} [y/N] `, { signal: this.world.interrupted });
      return /^y(es)?$/i.test(answer.trim());
    } catch (error) {
      throw notAnswered(error);
    } finally {
      lines.close();
    }
  }
}

/** Ctrl-C and Ctrl-D come as an error here: the terminal hands them to whoever asks. */
function notAnswered(error: unknown): unknown {
  if ((error as Error).name !== 'AbortError') return error;
  return new CliError(EXIT.interrupted, 'INTERRUPTED', 'Nothing was done.');
}

function missingKey(): CliError {
  const hint = 'Set it (or OPERATOR_API_KEY_FILE), or give --key-file. `bridgecore keys create` makes a new one.';
  return new CliError(EXIT.config, 'CONFIG_INVALID', 'OPERATOR_API_KEY is not set.', { hint });
}

/** The default would mean another gateway than the one whose operator port was given. */
function missingPublicUrl(): CliError {
  const hint = "Set it to the gateway's port for pushes and consumers (PORT), as http://127.0.0.1:8080.";
  return new CliError(EXIT.config, 'CONFIG_INVALID', 'BRIDGECORE_PUSH_URL is not set.', { hint });
}
