import { parseArgs } from 'node:util';

/** What can be said behind `npm start --`. */
export interface StartOptions {
  /** Business events that the simulator makes in a minute. */
  readonly perMinute: number;
  /** How many Odoos are simulated, when there is no real one. */
  readonly odoos: 1 | 2;
}

/** What `--help` prints. */
export const HELP = `Usage: npm start [-- <options>]

  --per-minute N   business events that the simulator makes in a minute; 30 unless given, 0 makes none
  --odoos N        how many Odoos to simulate: 1 unless given, or 2, to try a data sync between them
  --help           this text
`;

/** How to call it, and what goes wrong when called otherwise. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly exitCode = 64;

  constructor(problem: string) {
    super(`${problem}\n\n${HELP.trimEnd()}`);
  }
}

/** Reads the arguments; undefined asks for the help. */
export function readOptions(args: readonly string[]): StartOptions | undefined {
  const { 'per-minute': pace, odoos, help } = parse(args);
  if (help) return undefined;
  const perMinute = Number(pace);
  if (!(perMinute >= 0)) throw new UsageError('--per-minute takes a number from 0 up.');
  if (odoos !== '1' && odoos !== '2') throw new UsageError(`--odoos takes 1 or 2, not "${odoos}".`);
  return { perMinute, odoos: odoos === '1' ? 1 : 2 };
}

const OPTIONS = {
  'per-minute': { type: 'string', default: '30' },
  odoos: { type: 'string', default: '1' },
  help: { type: 'boolean', default: false },
} as const;

function parse(args: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'] {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
