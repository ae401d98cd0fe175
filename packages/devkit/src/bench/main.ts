import { runCleanUpBench } from './clean-up/main';

/** Every benchmark: what it measures, and what runs it; it resolves with the exit code. */
const BENCHES: Readonly<Record<string, { readonly summary: string; run(args: readonly string[]): Promise<number> }>> = {
  'clean-up': { summary: 'audit rows written while the daily clean-up deletes millions', run: runCleanUpBench },
};

const HELP = [
  'Usage: npm run bench -- <which> [options, --help tells them]',
  '',
  ...Object.entries(BENCHES).map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`),
  '',
].join('\n');

/** `npm run bench`: runs the benchmark that is named first. */
export async function runBench([name = '--help', ...args]: readonly string[]): Promise<number> {
  const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  if (bench !== undefined) return bench.run(args);
  process.stdout.write(HELP);
  return name === '--help' ? 0 : 64;
}
