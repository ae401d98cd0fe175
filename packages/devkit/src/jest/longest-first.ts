import type { Test } from '@jest/test-result';
import Sequencer from '@jest/test-sequencer';

/** What takes minutes, in the order in which it is begun; jest knows durations only from a run before. */
const LONG = [
  'drill-mutants',
  'three-in-the-morning',
  'deploy/images',
  'sync-kill',
  'rolling-restart',
  'alerts-provoked',
  'e2e/data-sync',
  'event-path',
  'stack.test',
  'stores-return',
  'outage',
];

/** Begins with the tests that take longest: begun last, they would leave the other core idle for minutes. */
export default class LongestFirst extends Sequencer {
  override async sort(tests: Test[]): Promise<Test[]> {
    const rank = ({ path }: Test): number => {
      const found = LONG.findIndex((name) => path.includes(name));
      return found < 0 ? LONG.length : found;
    };
    const sorted = await super.sort(tests);
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
