import { Command, InvalidArgumentError } from 'commander';
import { isISO8601 } from 'class-validator';
import { Context, GlobalOptions } from './context';
import { EXIT, ExitCode } from './exit-codes';
import { secondsIn } from './text/time';

/** What a command does with its arguments and options; the exit code is 0 unless it says otherwise. */
export type Work<Options> = (
  context: Context,
  options: Options,
  args: readonly string[],
) => Promise<ExitCode | undefined>;

/** Adds commands to the program. */
export interface Registrar {
  readonly program: Command;
  /** An action for Commander. */
  readonly act: <Options extends object>(work: Work<Options>) => (...all: unknown[]) => Promise<void>;
}

/** Makes actions that run in a context of this process and tell their exit code. */
export function actions(
  contextOf: (options: GlobalOptions) => Context,
  tell: (code: ExitCode) => void,
): Registrar['act'] {
  return (work) =>
    async (...all) => {
      const command = all.at(-1) as Command;
      const options = command.optsWithGlobals();
      const args = (command.processedArgs as (string | undefined)[]).filter((arg) => arg !== undefined);
      tell((await work(contextOf(options), options as Parameters<typeof work>[1], args)) ?? EXIT.ok);
    };
}

/** Examples below the options: a command, and what it is for. */
export function examples(...lines: readonly (readonly [command: string, what: string])[]): string {
  const shown = lines.map(([command, what]) => `  $ bridgecore ${command}\n      ${what}`);
  return `\nExamples:\n${shown.join('\n')}`;
}

/** A whole number from 1 to `max`. */
export function upTo(max: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (number >= 1 && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${max}.`);
  };
}

/** The id of an Odoo record; -1 is that of a test. */
export function recordId(text: string): string {
  if (/^(-1|\d{1,10})$/.test(text)) return text;
  throw new InvalidArgumentError('It must be the id of a record: a whole number.');
}

/** A time, or how long ago it was: `2026-11-23T06:00Z`, `15m`, `2h`, `3d`. */
export function timeOrAgo(text: string): string {
  const seconds = secondsIn(text);
  if (seconds !== undefined) return new Date(Date.now() - seconds * 1_000).toISOString();
  if (isISO8601(text, { strict: true })) return text;
  throw new InvalidArgumentError(
    'It must be a time as 2026-11-23T06:00Z (UTC unless it says otherwise), or 15m, 2h, 3d ago.',
  );
}
