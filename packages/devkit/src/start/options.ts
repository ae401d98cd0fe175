import { parseArgs } from 'node:util';

/** What can be said behind `npm start --`. */
export interface StartOptions {
  /** Business events that the simulator makes in a minute. */
  readonly perMinute: number;
}

/** How to call it, and what goes wrong when called otherwise. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly exitCode = 64;

  constructor(problem: string) {
    super(
      `${problem}\nUsage: npm start [-- --per-minute <events that the simulator makes in a minute, 30 unless given>]`,
    );
  }
}

/** Reads the arguments. */
export function readOptions(args: readonly string[]): StartOptions {
  const perMinute = Number(parse(args)['per-minute']);
  if (!(perMinute >= 0)) throw new UsageError('--per-minute takes a number from 0 up.');
  return { perMinute };
}

function parse(args: readonly string[]): { 'per-minute': string } {
  try {
    return parseArgs({ args: [...args], options: { 'per-minute': { type: 'string', default: '30' } } }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
