import { Winner } from './direction';

/** What is known of a pair of records when it is to be decided what becomes of them. */
export interface Standing {
  /** The target lacks something that the source has. */
  readonly differs: boolean;
  /** We have begun to write it ourselves: nobody else's change is in it. */
  readonly isOurs: boolean;
  /** The hashes when both agreed last; null when they never did. */
  readonly agreed: { readonly source: string; readonly target: string } | null;
  readonly source: Version;
  readonly target: Version;
  readonly winner: Winner;
}

interface Version {
  readonly hash: string;
  /** `write_date` in UTC; two Odoos' clocks may differ. */
  readonly writtenAt: string;
}

/** `complete`: only relations that were left out before; `keep`: the target's content holds; `report`: a person decides. */
export interface Decision {
  readonly action: 'agree' | 'update' | 'complete' | 'keep' | 'report';
  readonly isConflict: boolean;
}

/** What becomes of two linked records; a conflict is when both were changed since they agreed, and differ. */
export function decide({ differs, isOurs, agreed, source, target, winner }: Standing): Decision {
  if (!differs) return { action: 'agree', isConflict: false };
  if (isOurs || agreed?.target === target.hash) return { action: 'update', isConflict: false };
  if (agreed?.source === source.hash) return { action: 'complete', isConflict: false };
  if (winner === 'nobody') return { action: 'report', isConflict: true };
  const isNewer = source.writtenAt >= target.writtenAt;
  const sourceWins = winner === 'source' || (winner === 'newest' && isNewer);
  return { action: sourceWins ? 'update' : 'keep', isConflict: true };
}
