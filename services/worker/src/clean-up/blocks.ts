import { PoolClient } from 'pg';

/** A part of a table as it lies on the disk: from one row address to another, for `ctid >= $1 and ctid < $2`. */
export type Blocks = readonly [from: string, to: string];

/** So many blocks of 8 KiB hold about 2,500 audit rows: a few milliseconds' work, which an insert can wait for. */
const BLOCKS = 64;

/**
 * Goes through a table as it lies on the disk, each block once: looking for the next rows to delete by a condition would
 * step over all that were deleted before, again with each chunk. What is written meanwhile is not met.
 */
export async function blocksOf(cleaner: PoolClient, table: string): Promise<Blocks[]> {
  const { rows } = await cleaner.query<{ blocks: number }>(
    `select (pg_relation_size($1::regclass) / current_setting('block_size')::int)::float8 as blocks`,
    [table],
  );
  const count = Math.ceil((rows[0]?.blocks ?? 0) / BLOCKS);
  return Array.from({ length: count }, (_, at) => [`(${at * BLOCKS},0)`, `(${(at + 1) * BLOCKS},0)`]);
}
