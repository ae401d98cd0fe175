import type { Paint } from '../start/terminal';
import type { DrillResult } from './drill';
import type { DrillOptions } from './options';
import { type Check, CHECKS } from './reconcile';

const SHOWN = 10;

/** The result as tables for people: what came and went, what each fault cost, and what is wrong. */
export function renderReport(result: DrillResult, { minutes, seed, mutant }: DrillOptions, paint: Paint): string {
  const { counts, findings, settled, logFile } = result;
  const passed = hasPassed(result);
  const again = `npm run drill -- --minutes ${minutes} --seed ${seed}${mutant === undefined ? '' : ` --mutant ${mutant}`}`;
  return [
    '',
    ...table(Object.entries(counts).map(([name, count]) => [name, String(count)])),
    '',
    ...table(checkRows(result)),
    '',
    ...table(tollRows(result)),
    '',
    ...findings.slice(0, SHOWN).map(({ check, detail }) => paint('red', `${check}: ${detail}`)),
    ...(findings.length > SHOWN ? [`… and ${findings.length - SHOWN} more`] : []),
    ...(settled ? [] : [paint('red', 'It did not settle: in the end there was still something to do.')]),
    passed ? paint('green', `PASSED, seed ${seed}`) : paint('red', `FAILED, seed ${seed}. The log: ${logFile}`),
    `To repeat it: ${again}`,
    '',
  ].join('\n');
}

/** Nothing was found, and nothing was left to do. */
export function hasPassed({ findings, settled }: DrillResult): boolean {
  return findings.length === 0 && settled;
}

function checkRows({ findings }: DrillResult): string[][] {
  return (Object.keys(CHECKS) as Check[]).map((check) => {
    const count = findings.filter((finding) => finding.check === check).length;
    return [check, String(count), CHECKS[check]];
  });
}

function tollRows({ tolls }: DrillResult): string[][] {
  const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
  const rows = tolls.map(({ fault, times, longestStallMs, longestRecoveryMs }) => [
    ...[fault, String(times), seconds(longestStallMs), seconds(longestRecoveryMs)],
  ]);
  return rows.length === 0 ? [['no faults']] : [['fault', 'times', 'longest stall, s', 'time to recover, s'], ...rows];
}

/** Columns of one width each; numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const isNumber = /^[\d.]+$/.test(cell);
        return isNumber ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
      })
      .join('  ')
      .trimEnd(),
  );
}
