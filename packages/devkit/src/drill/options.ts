import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type Conditions, CONDITIONS } from './conditions';
import { type Fault, FAULTS, selectFaults } from './faults';
import { MUTANTS } from './mutants';

/** What a drill is told. */
export interface DrillOptions {
  /** How long the load and the faults last. */
  readonly minutes: number;
  readonly seed: number;
  readonly faults: readonly Fault[];
  /** A promise that is broken on purpose, by its name. */
  readonly mutant: string | undefined;
  readonly conditions: Conditions;
}

/** The command was called in a way that it does not understand. */
export class DrillUsageError extends Error {
  override readonly name = 'DrillUsageError';
  readonly exitCode = 64;
}

export const HELP = `Kills, pauses and restarts everything under load, and then looks whether anything was lost or doubled.

npm run drill -- [--minutes N] [--seed N] [--faults LIST] [--mutant NAME]

  --minutes N     how long the load and the faults last; 2 by default. Setting up and reconciling come on top.
  --seed N        the same seed, the same business and the same faults in the same order; any by default
  --faults LIST   which faults, by commas: all (default), none, a part (worker), or one (worker:kill):
                  ${wrapped(FAULTS.map(({ name }) => name))}
  --mutant NAME   break a promise on purpose, to see the drill object:
                  ${wrapped(Object.keys(MUTANTS))}
  --help          this text

Exit code 0: nothing lost, nothing doubled. 1: something was. The logs of all services are kept below .bridgecore/drill.
`;

const OPTIONS = {
  minutes: { type: 'string', default: '2' },
  seed: { type: 'string' },
  faults: { type: 'string' },
  mutant: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** Reads the command line; undefined asks for the help. */
export function readOptions(args: readonly string[]): DrillOptions | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const { mutant } = values;
  return {
    minutes: number('minutes', values.minutes, 0.1, 24 * 60),
    seed: values.seed === undefined ? randomInt(1, 1_000_000) : number('seed', values.seed, 0, 4_294_967_295),
    ...broken(mutant, values.faults),
  };
}

/** A mutant comes with the faults that meet it. */
function broken(
  mutant: string | undefined,
  faults: string | undefined,
): Pick<DrillOptions, 'faults' | 'mutant' | 'conditions'> {
  if (mutant === undefined) return { faults: faultsOf(faults ?? 'all'), mutant, conditions: CONDITIONS };
  const found = Object.hasOwn(MUTANTS, mutant) ? MUTANTS[mutant] : undefined;
  if (found === undefined) throw usage(`there is no mutant '${mutant}'; there are ${Object.keys(MUTANTS).join(', ')}`);
  return { faults: faultsOf(faults ?? found.faults.join(',')), mutant, conditions: found.conditions };
}

function parse(args: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'] {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw usage((error as Error).message);
  }
}

function number(name: string, text: string, from: number, to: number): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (value >= from && value <= to && (name !== 'seed' || Number.isInteger(value))) return value;
  throw usage(`--${name} takes a number from ${from} to ${to}, not '${text}'`);
}

function faultsOf(text: string): readonly Fault[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => name !== 'none' && selectFaults([name]).length === 0);
  if (unknown === undefined) return selectFaults(names);
  throw usage(`there is no fault '${unknown}'; there are ${FAULTS.map(({ name }) => name).join(', ')}`);
}

function usage(problem: string): DrillUsageError {
  return new DrillUsageError(`drill: ${problem} (see npm run drill -- --help)`);
}

function wrapped(names: readonly string[]): string {
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last === undefined || last.length + name.length > 70) lines.push(name);
    else lines[lines.length - 1] = `${last}, ${name}`;
  }
  return lines.join(',\n                  ');
}
