import { ConflictPolicy } from '@bridgecore/contracts';
import { OdooRecords } from '@bridgecore/odoo';

/** One of the two Odoos of a run. */
export interface Side {
  readonly system: string;
  readonly records: OdooRecords;
  /** The id of the user that we are there. */
  readonly uid: number;
  /** Its clock when the run was begun, in Odoo's spelling. */
  readonly time: string;
}

/** Whose content holds when both sides were changed. */
export type Winner = 'source' | 'target' | 'newest' | 'nobody';

/** From where to where records go. In reverse the systems have changed places. */
export interface Direction {
  readonly name: 'forward' | 'reverse';
  readonly source: Side;
  readonly target: Side;
  readonly winner: Winner;
}

/** `source_wins` means the source that was asked for, also on the way back. */
export function directionOf(
  name: Direction['name'],
  [first, second]: readonly [Side, Side],
  policy: ConflictPolicy,
): Direction {
  const [source, target] = name === 'forward' ? [first, second] : [second, first];
  const winners: Record<ConflictPolicy, Winner> = {
    source_wins: name === 'forward' ? 'source' : 'target',
    newest_wins: 'newest',
    manual: 'nobody',
  };
  return { name, source, target, winner: winners[policy] };
}
