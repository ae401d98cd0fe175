import { CommanderError } from 'commander';
import { actions } from './command';
import { CliError, explained } from './cli-error';
import { Context, World } from './context';
import { EXIT, ExitCode } from './exit-codes';
import { Output } from './output';
import { createProgram } from './program';
import { cleanText } from './text/clean';

/** Runs one command line (without node and script) and resolves with its exit code. */
export async function run(argv: readonly string[], world: World): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const isJson = argv.includes('--json'); // also when the command line is not understood
  const output = new Output({ out: world.out, err: world.err, env: world.env, isJson });
  const act = actions(
    (options) => new Context(world, options),
    (code) => (exitCode = code),
  );
  const program = createProgram(act, world.env, {
    writeOut: (text) => output.print(text.trimEnd()),
    writeErr: (text) => output.note(text.trimEnd()),
    outputError: () => undefined, // told below, as any failure
  });
  try {
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      return EXIT.usage;
    }
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    output.status(''); // what it was about stands on the line of the failure otherwise
    return world.interrupted.aborted ? EXIT.interrupted : tell(error, output);
  } finally {
    output.status('');
  }
}

/** Says what failed; a bug with its stack, for whoever is to mend it. */
function tell(error: unknown, output: Output): ExitCode {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok; // --help and --version
  const failure = error instanceof CommanderError ? fromCommander(error) : explained(error);
  if (failure === undefined) {
    const { stack, message } = error as Error;
    if (output.isJson) output.jsonError({ error: { code: 'INTERNAL', message, exit_code: EXIT.found } });
    else output.note(`This is a bug in bridgecore:\n${stack ?? String(error)}`);
    return EXIT.found;
  }
  if (output.isJson) output.jsonError({ error: asJson(failure) });
  else output.note(inWords(failure, output));
  return failure.exitCode;
}

function fromCommander({ message, code }: CommanderError): CliError {
  const isHelp = code === 'commander.help'; // a group of commands without one of them
  const told = isHelp ? 'Say which: see --help.' : message.replace(/^error: /, '');
  return new CliError(EXIT.usage, 'USAGE', told.charAt(0).toUpperCase() + told.slice(1), {
    hint: 'Add --help to see what there is.',
  });
}

function asJson({ code, message, exitCode, options }: CliError): object {
  const { hint, status, requestId, errors = [] } = options;
  return {
    ...{ code, message, hint: hint ?? null, exit_code: exitCode },
    ...(status === undefined ? {} : { status }),
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(errors.length === 0 ? {} : { errors }),
  };
}

function inWords({ message, options }: CliError, { paint }: Output): string {
  const { hint, requestId, errors = [] } = options;
  const lines = message.split('\n').map(cleanText);
  const isSaid = errors.every(({ field }) => message.includes(field));
  return [
    `${paint('red', '✗')} ${lines.join('\n  ')}`,
    ...(isSaid ? [] : errors.map(({ field, message: rule }) => `  ${field} ${rule}`)),
    ...(hint === undefined ? [] : [`  ${hint}`]),
    ...(requestId === undefined ? [] : [paint('dim', `  request ${requestId}`)]),
  ].join('\n');
}
