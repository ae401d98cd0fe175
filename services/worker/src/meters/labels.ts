import { FAILURES } from '@bridgecore/contracts';

/** Makes a label of a value that may come from anywhere: a label that takes any value makes a series of each. */
export type Label = (value: string) => string;

/** The declared systems by their ids; any other, which a job or a row may name, is `unknown`. */
export function systemLabel(declared: Iterable<string>): Label {
  const known = new Set(declared);
  return (system) => (known.has(system) ? system : 'unknown');
}

/** PostgreSQL's own codes for what is wrong with data: some sixty. */
const DATA_STATE = /^2[23][0-9A-Z]{3}$/;

const BUGS = new Set(['Error', 'TypeError', 'RangeError', 'SyntaxError', 'ReferenceError']);

/** Why something was buried: a code of ours, PostgreSQL's for data, or the kind of a bug; `other` for anything else. */
export const reasonLabel: Label = (reason) =>
  Object.hasOwn(FAILURES, reason) || DATA_STATE.test(reason) || BUGS.has(reason) ? reason : 'other';

/**
 * One of the outcomes that are counted apart. What the end of its worker has interrupted has stopped, and goes on in
 * another; any other outcome is that of something done.
 */
export function outcomeLabel(counted: readonly string[]): (outcome: unknown) => string {
  return (outcome) => counted.find((known) => known === (outcome === 'interrupted' ? 'stopped' : outcome)) ?? 'done';
}
