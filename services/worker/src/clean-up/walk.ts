import { Chunk, deleteInChunks, Kind, Round } from './chunks';

/** So many rows are looked at in one statement. */
export const ROWS = 2_000;

/** One page of a walk along the primary key. */
export interface Page {
  readonly last: string | null;
  readonly seen: number;
  readonly due: number;
  readonly deleted: number;
}

/**
 * Deletes along the primary key. The statement takes the id to begin behind, the number of rows to look at and the cutoff, and
 * answers with a page; the walk ends with the table, or with a page that is enough.
 */
export async function walk(
  round: Round,
  kind: Kind,
  statement: string,
  cutoff: Date,
  isEnough: (page: Page) => boolean,
): Promise<void> {
  let after = '-1';
  await deleteInChunks(round, kind, async (): Promise<Chunk> => {
    const { rows } = await round.cleaner.query<Page>(statement, [after, ROWS, cutoff]);
    const [page = { last: null, seen: 0, due: 0, deleted: 0 }] = rows;
    after = page.last ?? after;
    return { deleted: page.deleted, isLast: page.seen < ROWS || isEnough(page) };
  });
}
