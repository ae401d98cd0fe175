import { bare, isUnsayable } from './content';
import { Winner } from './direction';

/** One field of two linked records: hashes of what both hold now, and of what they held when they agreed on it. */
export interface FieldState {
  readonly name: string;
  readonly source: string;
  readonly target: string;
  /** Undefined: they never did. */
  readonly agreedSource: string | undefined;
  readonly agreedTarget: string | undefined;
  /** The source's value cannot be said in the target's terms. */
  readonly isMissing: boolean;
  /** The target does not have the source's value, as far as that can be said. */
  readonly differs: boolean;
  /** The target's is empty. */
  readonly isEmpty: boolean;
}

/** What else decides. */
export interface MergeSettings {
  readonly winner: Winner;
  /** By `write_date`; two Odoos' clocks may differ. */
  readonly isSourceNewer: boolean;
  /** We have begun to write the target, and nobody has written it since: no change in it is anybody else's. */
  readonly isOurs: boolean;
}

/**
 * What becomes of the target: `same` has all it should have, `update` gets `write`, `keep` stays as it is, and of `report`
 * a person decides. A conflict is a record that was changed on both sides since they agreed; `isFirst` have never agreed.
 */
export interface Merge {
  readonly verdict: 'same' | 'update' | 'keep' | 'report';
  readonly write: readonly string[];
  /** Changed in the target, and left so: for the way back. */
  readonly kept: readonly string[];
  readonly isConflict: boolean;
  readonly isFirst: boolean;
}

/** Merges one record: what only the source has changed goes over, and what only the target has changed stays. */
export function merge(fields: readonly FieldState[], { winner, isSourceNewer, isOurs }: MergeSettings): Merge {
  const isFirst = !fields.some(isAgreed);
  const open = fields.filter(({ isMissing, differs }) => !isMissing && differs);
  const ours = fields.filter(isChangedInSource);
  // What the source has not changed, our unfinished writing has not either.
  const theirs = fields.filter((field) => isChangedInTarget(field) && !(isOurs && isWaitingOrChanged(field)));
  const result = { kept: namesOf(theirs), isConflict: false, isFirst };
  const sourceWins = winner === 'source' || (winner === 'newest' && isSourceNewer);
  if (isFirst) return open.length === 0 ? written([], result) : first(winner, sourceWins || isOurs, open, result);

  const unsettled = open.filter((field) => !isAgreed(field));
  const fresh = unsettled.filter(({ isEmpty }) => sourceWins || (winner === 'nobody' && isEmpty));
  const isStuck = winner === 'nobody' && unsettled.length > fresh.length;
  if (isStuck) return { ...result, verdict: 'report', write: [] }; // a field that was set up later, and has a value on both sides
  const waiting = open.filter(
    ({ agreedSource, agreedTarget }) => agreedTarget !== undefined && isUnsayable(agreedSource),
  );
  const wanted = open.filter((field) => ours.includes(field) || waiting.includes(field) || fresh.includes(field));
  if (theirs.length === 0) return written(wanted, result);
  if (ours.length === 0) {
    const merged = written(without(wanted, theirs), result); // only the target was changed
    return open.length === 0 ? { ...merged, verdict: 'same' } : merged;
  }
  const conflict = { ...result, isConflict: true };
  if (winner === 'nobody') return { ...conflict, verdict: 'report', write: [] };
  if (!sourceWins) return { ...conflict, verdict: 'keep', write: [] };
  const disputed = open.filter((field) => wanted.includes(field) || isChangedInTarget(field));
  return written(disputed, { ...conflict, kept: [] });
}

/** They were never compared: the winner's content holds as a whole. */
function first(
  winner: Winner,
  sourceWins: boolean,
  open: readonly FieldState[],
  result: Omit<Merge, 'verdict' | 'write'>,
): Merge {
  if (sourceWins) return written(open, result);
  return { ...result, verdict: winner === 'nobody' ? 'report' : 'keep', write: [] };
}

function written(fields: readonly FieldState[], result: Omit<Merge, 'verdict' | 'write'>): Merge {
  const verdict = fields.length > 0 ? 'update' : result.kept.length > 0 ? 'keep' : 'same';
  return { ...result, verdict, write: namesOf(fields) };
}

function isAgreed({ agreedSource, agreedTarget }: FieldState): boolean {
  return agreedSource !== undefined && agreedTarget !== undefined;
}

/** To something that the target does not have. */
function isChangedInSource(field: FieldState): boolean {
  const { agreedSource, source, differs, isMissing } = field;
  return isAgreed(field) && bare(agreedSource) !== source && (differs || isMissing);
}

function isWaitingOrChanged(field: FieldState): boolean {
  return isChangedInSource(field) || isUnsayable(field.agreedSource);
}

/** By somebody, to something that the source does not have. */
function isChangedInTarget(field: FieldState): boolean {
  const { agreedTarget, target, differs, isMissing } = field;
  return isAgreed(field) && bare(agreedTarget) !== target && (differs || isMissing);
}

function without(fields: readonly FieldState[], others: readonly FieldState[]): FieldState[] {
  return fields.filter((field) => !others.includes(field));
}

function namesOf(fields: readonly FieldState[]): string[] {
  return fields.map(({ name }) => name);
}
