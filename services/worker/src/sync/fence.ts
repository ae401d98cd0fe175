import { Pool, PoolClient } from 'pg';
import { BridgeError } from '@bridgecore/contracts';
import { inTransaction, translate } from '@bridgecore/database';

/** The number that makes a run the only one of its pair of systems that may commit. */
export interface Fence {
  readonly left: string;
  readonly right: string;
  readonly number: string;
  /** Aborted when the lock is lost. */
  readonly lost: AbortSignal;
}

/** Raises the pair's number: from now on no commit of an earlier run holds. */
export async function raiseFence(pool: Pool, systems: readonly string[], lost: AbortSignal): Promise<Fence> {
  const [left = '', right = ''] = [...systems].sort();
  const { rows } = await pool
    .query<{ fence: string }>(
      `insert into sync_pairs as pair (left_system, right_system, fence) values ($1, $2, 1)
       on conflict (left_system, right_system) do update set fence = pair.fence + 1 returning fence`,
      [left, right],
    )
    .catch((error: unknown) => {
      throw translate(error);
    });
  return { left, right, number: rows[0]?.fence ?? '', lost };
}

/** One transaction that holds only while the run has its fence; throws `FENCE_LOST` otherwise. */
export async function heldBy(pool: Pool, fence: Fence, work: (tx: PoolClient) => Promise<unknown>): Promise<void> {
  if (fence.lost.aborted) throw overtaken(fence);
  await inTransaction(pool, async (tx) => {
    const sql = 'select 1 from sync_pairs where left_system = $1 and right_system = $2 and fence = $3 for share';
    const { rowCount } = await tx.query(sql, [fence.left, fence.right, fence.number]);
    if (rowCount === 0) throw overtaken(fence);
    await work(tx);
  });
}

function overtaken({ left, right }: Fence): BridgeError {
  return new BridgeError('FENCE_LOST', `Another run syncs ${left} and ${right} now.`);
}
