import { Link, Links } from './links';

/**
 * The link table of a dry run: reads go to the table, writes stay here. What would be created gets the id of its source as
 * a negative number, which no record has.
 */
export function dryLinks(real: Links): Links {
  const noted = new Map<string, Link>();
  const keyOf = (model: string, id: number): string => `${model},${id}`;
  const note = (model: string, source_id: number, target_id: number | null): void => {
    const hashes = { source_hash: null, target_hash: null, run_id: null, run_outcome: null };
    const flags = { is_begun: false, is_incomplete: false, is_deleted: false };
    noted.set(keyOf(model, source_id), { source_id, target_id: target_id ?? -source_id, ...hashes, ...flags });
  };
  return {
    ofSources: async (model, ids) => {
      const links = await real.ofSources(model, ids);
      for (const id of ids) {
        const own = noted.get(keyOf(model, id));
        if (own !== undefined) links.set(id, own);
      }
      return links;
    },
    takenTargets: async (model, ids) => {
      const taken = await real.takenTargets(model, ids);
      for (const [key, { target_id }] of noted) {
        if (target_id !== null && key.startsWith(`${model},`) && ids.includes(target_id)) taken.add(target_id);
      }
      return taken;
    },
    begin: (model, entries) => {
      for (const { source_id, target_id } of entries) note(model, source_id, target_id);
      return Promise.resolve();
    },
    settle: (model, entries) => {
      for (const { source_id, target_id } of entries) note(model, source_id, target_id);
      return Promise.resolve();
    },
    giveUp: () => Promise.resolve(),
    bury: () => Promise.resolve(),
    unfinished: () => Promise.resolve(new Map()),
  };
}
