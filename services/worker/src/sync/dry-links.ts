import { Begun, Link, Links } from './links';

/** What a dry run has noted, seen in both directions. */
export interface DryNotes {
  readonly forward: Noted;
  readonly reverse: Noted;
}

/** Ids of the other side, by model and id. */
type Noted = Map<string, number>;

/** Nothing is noted yet. */
export function noNotes(): DryNotes {
  return { forward: new Map(), reverse: new Map() };
}

/**
 * The link table of a dry run: reads go to the table, writes stay here. What would be created gets the id of its source as
 * a negative number, which no record has.
 */
export function dryLinks(real: Links, name: keyof DryNotes, notes: DryNotes): Links {
  const own = notes[name];
  const other = notes[name === 'forward' ? 'reverse' : 'forward'];
  const note = (model: string, { source_id, target_id }: Begun): void => {
    const target = target_id ?? -source_id;
    own.set(`${model},${source_id}`, target);
    if (target >= 0) other.set(`${model},${target}`, source_id);
  };
  const noteAll = (model: string, entries: readonly Begun[]): Promise<void> => {
    for (const entry of entries) note(model, entry);
    return Promise.resolve();
  };
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    ofSources: async (model, ids) => {
      const links = await real.ofSources(model, ids);
      for (const source_id of ids) {
        const target_id = own.get(`${model},${source_id}`);
        if (target_id !== undefined) links.set(source_id, { ...NOTED, ...links.get(source_id), source_id, target_id });
      }
      return links;
    },
    takenTargets: async (model, ids) => {
      const taken = await real.takenTargets(model, ids);
      for (const id of ids) if (other.has(`${model},${id}`)) taken.add(id);
      return taken;
    },
    begin: noteAll,
    settle: noteAll,
    adopt: noteAll,
    broughtAlong: () => Promise.resolve({}),
    giveUp: nothing,
    bury: nothing,
    buryTargets: nothing,
    abandon: nothing,
    counted: nothing,
    unfinished: () => Promise.resolve(new Map()),
  };
}

const NOTED: Omit<Link, 'source_id' | 'target_id'> = {
  ...{ source_fields: null, target_fields: null, is_begun: false, run_id: null, run_outcome: null, is_deleted: false },
};
