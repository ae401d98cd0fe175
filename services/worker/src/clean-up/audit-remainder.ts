import { blocksOf } from './blocks';
import { deleteInChunks, Round } from './chunks';

/** The month within which the cutoff lies. */
const SPANNING = `
  with months as (
    select c.oid::regclass::text as name,
           regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \\(''([^'']+)''\\) TO \\(''([^'']+)''\\)') as bounds
      from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'audit_logs'::regclass and not i.inhdetachpending
  )
  select name from months where bounds[1]::timestamptz < $1 and bounds[2]::timestamptz > $1`;

/** Deletes what is older than the cutoff in the month that is not wholly so. */
export async function deleteRemainder(round: Round, cutoff: Date): Promise<void> {
  const { rows: months } = await round.cleaner.query<{ name: string }>(SPANNING, [cutoff]);
  for (const { name } of months) {
    const left = (await blocksOf(round.cleaner, name)).reverse(); // the first of the month is the last of the list
    await deleteInChunks(round, 'audit_logs', async () => {
      const blocks = left.pop();
      if (blocks === undefined) return { deleted: 0, isLast: true };
      const { rowCount } = await round.cleaner.query(
        `delete from ${name} where ctid >= $1::tid and ctid < $2::tid and at < $3`,
        [...blocks, cutoff],
      );
      return { deleted: rowCount ?? 0, isLast: left.length === 0 };
    });
  }
}
