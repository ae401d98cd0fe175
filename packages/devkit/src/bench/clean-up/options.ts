import { parseArgs } from 'node:util';

/** What the benchmark is told. */
export interface CleanUpBenchOptions {
  readonly rows: number;
  readonly rounds: number;
  readonly rate: number;
  readonly idleSeconds: number;
  /** Where every single insert is written to, to look for what held one up. */
  readonly samples: string | undefined;
}

export const HELP = `Measures what audit rows written meanwhile notice of the daily clean-up.

npm run bench -- clean-up [--rows N] [--rounds N] [--rate N] [--idle SECONDS] [--samples FILE]

  --rows N        audit rows in the table, four fifths of them too old; 5000000 by default
  --rounds N      how often it is filled, watched idle and cleaned up; 3 by default
  --rate N        inserts per second beside it; 1000 by default
  --idle SECONDS  how long the idle table is watched, half before and half after; 20 by default
  --samples FILE  a line for each insert: round, phase, when it was due, and its milliseconds
  --help          this text

The clean-up is the real one: a worker as a process, asked by a gateway's API, on stores of its own.
`;

const OPTIONS = {
  rows: { type: 'string', default: '5000000' },
  rounds: { type: 'string', default: '3' },
  rate: { type: 'string', default: '1000' },
  idle: { type: 'string', default: '20' },
  samples: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** Reads the command line; a text is to be shown instead: the help, or what is wrong. */
export function readOptions(args: readonly string[]): CleanUpBenchOptions | string {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    if (values.help) return HELP;
    return {
      rows: number('rows', values.rows, 1_000, 100_000_000),
      rounds: number('rounds', values.rounds, 1, 100),
      rate: number('rate', values.rate, 1, 10_000),
      idleSeconds: number('idle', values.idle, 1, 3_600),
      samples: values.samples,
    };
  } catch (error) {
    return `bench clean-up: ${(error as Error).message} (see npm run bench -- clean-up --help)\n`;
  }
}

function number(name: string, text: string, from: number, to: number): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw new Error(`--${name} takes a whole number from ${from} to ${to}, not '${text}'`);
}
