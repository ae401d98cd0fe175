import { Pool } from 'pg';
import { translate } from '@bridgecore/database';

/**
 * The subscriptions that may be sent something now and for which something waits. One look into the index for each that may:
 * left to itself, PostgreSQL might go through all that waits instead.
 */
export async function findDue(pool: Pool): Promise<string[]> {
  const { rows } = await pool
    .query<{ id: string }>(
      `select s.id
         from subscriptions s
        cross join lateral (
              select from deliveries d
               where d.subscription_id = s.id and d.state = 'waiting' and d.next_attempt_at <= now()
               limit 1) as due
        where s.state = 'active' and s.removed_at is null and coalesce(s.open_until <= now(), true)
          and (s.rate_per_minute is null or s.next_send_at <= now() + interval '1 second')`,
    )
    .catch((error: unknown) => {
      throw translate(error);
    });
  return rows.map(({ id }) => id);
}
