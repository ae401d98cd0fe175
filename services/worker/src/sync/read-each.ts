import { isTrouble, OdooFailure, OdooRecord, OdooRecords, OdooTrouble } from '@bridgecore/odoo';

const HIDDEN: ReadonlySet<OdooTrouble> = new Set(['access']);

/** Records that were read, and why others were not; those that are not there are in neither. */
export interface ReadEach {
  readonly found: OdooRecord[];
  readonly refused: ReadonlyMap<number, OdooFailure>;
}

/** Reads records by id. A rule of Odoo's that hides one makes it refuse all of them: then each is read for itself. */
export async function readEach(
  records: OdooRecords,
  model: string,
  ids: readonly number[],
  fields: readonly string[],
): Promise<ReadEach> {
  const refused = new Map<number, OdooFailure>();
  if (ids.length === 0) return { found: [], refused };
  try {
    return { found: await records.readRecords(model, ids, fields), refused };
  } catch (error) {
    if (!isTrouble(error, HIDDEN)) throw error;
    if (ids.length === 1 && ids[0] !== undefined) return { found: [], refused: refused.set(ids[0], error) };
  }
  const found: OdooRecord[] = [];
  for (const id of ids) {
    const one = await readEach(records, model, [id], fields);
    found.push(...one.found);
    for (const [hidden, failure] of one.refused) refused.set(hidden, failure);
  }
  return { found, refused };
}
