import { FAULTS, inRandomOrder } from '../src/drill/faults';
import { DrillUsageError, readOptions } from '../src/drill/options';
import { seeded } from '../src/fake-odoo/random';

const faultNames = (...args: string[]): string[] | undefined => readOptions(args)?.faults.map(({ name }) => name);

describe('the options of the drill', () => {
  it('are two minutes of everything, with any seed, unless given', () => {
    expect(readOptions([])).toMatchObject({ minutes: 2, faults: FAULTS, mutant: undefined });
    expect(readOptions(['--minutes', '0.5', '--seed', '7'])).toMatchObject({ minutes: 0.5, seed: 7 });
    expect(readOptions(['--help'])).toBeUndefined();
  });

  it('select faults by name or by part', () => {
    expect(faultNames('--faults', 'worker:kill,redis')).toEqual([
      'worker:kill',
      'redis:kill',
      'redis:restart',
      'redis:pause',
    ]);
    expect(faultNames('--faults', 'none')).toEqual([]);
  });

  it('take the faults that meet a mutant', () => {
    expect(faultNames('--mutant', 'no-fence')).toEqual(['worker:pause']);
  });

  it.each([
    ['--minutes', 'many'],
    ['--minutes', ''],
    ['--seed', '1.5'],
    ['--faults', 'earthquake'],
    ['--mutant', 'constructor'],
    ['--nothing', 'known'],
  ])('say what is wrong: %s %s', (...args) => {
    expect(() => readOptions(args)).toThrow(DrillUsageError);
  });
});

describe('the order of the faults', () => {
  it('is the same for the same seed, and has each once before any twice', () => {
    const first = (seed: number): string[] => {
      const order = inRandomOrder(FAULTS, seeded(seed));
      return Array.from({ length: FAULTS.length }, () => order.next().value?.name ?? '');
    };

    expect(first(3)).toEqual(first(3));
    expect(first(3)).not.toEqual(first(4));
    expect(new Set(first(3)).size).toBe(FAULTS.length);
  });
});
