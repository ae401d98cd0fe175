/** The numbers that we need of Jest's own result. */
export interface RunTotals {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
}

/** The run in one line, which CI reads: tests, and each file that could not be run as one failure. */
export function closingLine(totals: RunTotals): string {
  const failed = totals.numFailedTests + totals.numRuntimeErrorTestSuites;
  const skipped = totals.numPendingTests + totals.numTodoTests;
  const line = `${totals.numPassedTests} passed, ${failed} failed`;
  return skipped > 0 ? `${line}, ${skipped} skipped` : line;
}

/** Prints the closing line after everything else: Jest's own summary comes after all reporters, so it waits for the exit. */
export default class ClosingLineReporter {
  onRunComplete(_contexts: unknown, totals: RunTotals): void {
    process.once('exit', () => {
      process.stdout.write(`${closingLine(totals)}\n`);
    });
  }
}
