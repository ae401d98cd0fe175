import { type Latency, median } from '../latency';

/** One round: how long the clean-up took, and what the inserts noticed. */
export interface Round {
  readonly deleted: number;
  readonly dropped: number;
  readonly seconds: number;
  readonly idle: Latency;
  readonly during: Latency;
}

const COLUMNS = [
  'round',
  'deleted',
  'months',
  'seconds',
  'phase',
  'inserts',
  'p50 ms',
  'p99 ms',
  'max ms',
  'p99 during / idle',
];

/** The rounds as a table for people, and what they come to. */
export function renderRounds(rounds: readonly Round[]): string {
  const rows = rounds.flatMap(({ deleted, dropped, seconds, idle, during }, at) => [
    [String(at + 1), '', '', '', 'idle', ...figures(idle), ''],
    [
      '',
      String(deleted),
      String(dropped),
      seconds.toFixed(1),
      'clean-up',
      ...figures(during),
      ratio(idle, during).toFixed(2),
    ],
  ]);
  const ratios = rounds.map(({ idle, during }) => ratio(idle, during));
  const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  const verdict = `p99 during a clean-up: ${median(ratios).toFixed(2)} times that of the idle table (median; ${range})`;
  return [...table([COLUMNS, ...rows]), '', verdict, ''].join('\n');
}

const ratio = (idle: Latency, during: Latency): number => (idle.p99 === 0 ? 0 : during.p99 / idle.p99);

function figures({ count, p50, p99, max }: Latency): string[] {
  return [String(count), ...[p50, p99, max].map((ms) => ms.toFixed(1))];
}

function table(rows: readonly string[][]): string[] {
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '));
}
