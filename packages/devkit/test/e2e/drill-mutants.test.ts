import { CONDITIONS } from '../../src/drill/conditions';
import { drill, type DrillResult } from '../../src/drill/drill';
import { MUTANTS } from '../../src/drill/mutants';
import { type DrillOptions, readOptions } from '../../src/drill/options';
import { hasPassed } from '../../src/drill/report';

const ATTEMPTS = 3; // half a minute of random faults may miss a window

function optionsOf(mutant: string, seed: number): DrillOptions {
  const options = readOptions(['--minutes', '0.4', '--seed', String(seed), '--mutant', mutant]);
  if (options === undefined) throw new Error('these options ask for no help');
  return options;
}

const run = (options: DrillOptions): Promise<DrillResult> => drill(options, () => undefined);

describe('the drill objects when a promise is broken', () => {
  it.each(Object.entries(MUTANTS).map(([name, { caughtBy }]) => [name, caughtBy] as const))(
    '%s: %s',
    async (mutant, caughtBy) => {
      let found: string[] = [];
      for (let seed = 1; seed <= ATTEMPTS && !found.includes(caughtBy); seed += 1) {
        found = (await run(optionsOf(mutant, seed))).findings.map(({ check }) => check);
      }

      expect(found).toContain(caughtBy);
    },
    ATTEMPTS * 120_000,
  );

  it('and only then: under the same faults the system as it is passes', async () => {
    const options = optionsOf('lock-freed-without-comparing', 1);
    const { settleMs } = CONDITIONS;

    const result = await run({ ...options, mutant: undefined, conditions: { ...options.conditions, settleMs } });

    expect(result.findings).toEqual([]);
    expect(hasPassed(result)).toBe(true);
  }, 240_000);
});
