import { closingLine, type RunTotals } from '../src/jest/closing-line-reporter';

const none: RunTotals = {
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: 0,
};

describe('closingLine', () => {
  it('counts tests', () => {
    expect(closingLine({ ...none, numPassedTests: 12, numFailedTests: 1 })).toBe('12 passed, 1 failed');
  });

  it('counts a file that could not be run as a failure', () => {
    expect(closingLine({ ...none, numPassedTests: 12, numRuntimeErrorTestSuites: 2 })).toBe('12 passed, 2 failed');
  });

  it('names what was skipped, when there is any', () => {
    expect(closingLine({ ...none, numPendingTests: 1, numTodoTests: 2 })).toBe('0 passed, 0 failed, 3 skipped');
  });
});
