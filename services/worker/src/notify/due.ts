import { Pool } from 'pg';
import { translate } from '@bridgecore/database';

/**
 * One look into the index for each subscription that may be sent something now. Where much waits, PostgreSQL would go through the
 * table instead, each time to its end for a subscription of which nothing is due; only the index has the order that is asked for.
 * Exported for a test that looks at how they are found.
 */
export const DUE = `
  select s.id
    from subscriptions s
   cross join lateral (
         select from deliveries d
          where d.subscription_id = s.id and d.state = 'waiting' and d.next_attempt_at <= now()
          order by d.next_attempt_at limit 1) as due
   where s.state = 'active' and s.removed_at is null and coalesce(s.open_until <= now(), true)
     and (s.rate_per_minute is null or s.next_send_at <= now() + interval '1 second')`;

/** The subscriptions that may be sent something now and for which something is due. */
export async function findDue(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(DUE).catch((error: unknown) => {
    throw translate(error);
  });
  return rows.map(({ id }) => id);
}
