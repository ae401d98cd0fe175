import { drill } from '../../src/drill/drill';
import { MUTANTS } from '../../src/drill/mutants';
import { readOptions } from '../../src/drill/options';

const ATTEMPTS = 3; // half a minute of random faults may miss a window

async function findings(mutant: string, seed: number): Promise<string[]> {
  const options = readOptions(['--minutes', '0.4', '--seed', String(seed), '--mutant', mutant]);
  if (options === undefined) throw new Error('these options ask for no help');
  const { findings: found } = await drill(options, () => undefined);
  return found.map(({ check }) => check);
}

describe('the drill objects when a promise is broken', () => {
  it.each(Object.entries(MUTANTS).map(([name, { caughtBy }]) => [name, caughtBy] as const))(
    '%s: %s',
    async (mutant, caughtBy) => {
      let found: string[] = [];
      for (let seed = 1; seed <= ATTEMPTS && !found.includes(caughtBy); seed += 1) found = await findings(mutant, seed);

      expect(found).toContain(caughtBy);
    },
    ATTEMPTS * 120_000,
  );
});
