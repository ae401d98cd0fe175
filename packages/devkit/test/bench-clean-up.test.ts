import { planFilling } from '../src/bench/clean-up/audit-table';
import { HELP, readOptions } from '../src/bench/clean-up/options';
import { renderRounds } from '../src/bench/clean-up/report';
import { latencyOf } from '../src/bench/latency';

const DAY_MS = 86_400_000;

describe('the options of the clean-up benchmark', () => {
  it('are five million rows in three rounds unless told otherwise', () => {
    expect(readOptions([])).toEqual({ rows: 5_000_000, rounds: 3, rate: 1_000, idleSeconds: 20, samples: undefined });
    expect(readOptions(['--rows', '10000', '--rounds', '1'])).toMatchObject({ rows: 10_000, rounds: 1 });
  });

  it('tell the help', () => {
    expect(readOptions(['--help'])).toBe(HELP);
  });

  it.each([
    ['--rows', '12'],
    ['--rounds', 'many'],
    ['--rate', ''],
    ['--speed', '1'],
  ])('refuse %s %s', (...args) => {
    expect(readOptions(args)).toContain('--help');
  });
});

describe('what the benchmark fills the table with', () => {
  it.each(['2026-01-01T00:00:00Z', '2026-03-31T23:59:59Z', '2026-11-25T21:30:00Z'])(
    'lies on either side of a cutoff within a month, at %s',
    (time) => {
      const now = new Date(time);

      const { retentionDays, old, young } = planFilling(5_000, now);

      const cutoff = new Date(now.getTime() - retentionDays * DAY_MS);
      expect([20, 21]).toContain(cutoff.getUTCDate());
      expect(old.map(({ rows }) => rows)).toEqual([600, 600, 600, 600, 600, 1_000]);
      for (const { to } of old) expect(to.getTime()).toBeLessThanOrEqual(cutoff.getTime());
      for (const { from } of young) expect(from.getTime()).toBeGreaterThan(cutoff.getTime());
    },
  );
});

describe('the report of the benchmark', () => {
  it('compares each round with its own idle table', () => {
    const ms = (slow: number) => latencyOf([...Array.from({ length: 98 }, () => 1), slow, slow]);
    const round = { deleted: 4_000, dropped: 5, seconds: 2, idle: ms(4) };

    const text = renderRounds([
      { ...round, during: ms(4) },
      { ...round, during: ms(8) },
      { ...round, during: ms(6) },
    ]);

    expect(text).toContain('1.50 times that of the idle table (median; 1.00 to 2.00)');
  });

  it('has no latency where nothing was inserted', () => {
    expect(latencyOf([])).toEqual({ count: 0, p50: 0, p99: 0, max: 0 });
  });
});
