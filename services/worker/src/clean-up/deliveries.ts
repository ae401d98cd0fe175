import { deleteInChunks, Round } from './chunks';
import { ROWS, walk } from './walk';

/**
 * Deletes deliveries that were closed before the cutoff, with what came of their tries; then the subscriptions that were removed
 * before it, of which nothing is left. A dead one stays: somebody has to replay or discard it. Deliveries lie in the order in
 * which they were written, and none is closed before: once a whole page was written after the cutoff, so was the rest.
 */
export async function deleteDeliveries(round: Round, cutoff: Date): Promise<void> {
  await walk(round, 'deliveries', DELETE_CLOSED, cutoff, ({ due }) => due === 0);
  await deleteRemoved(round, cutoff);
}

const DELETE_CLOSED = `
  with page as materialized (
    select id, created_at < $3 as is_due from deliveries where id > $1 order by id limit $2
  ), deleted as (
    delete from deliveries delivery using page
     where delivery.id = page.id and page.is_due and delivery.state in ('delivered', 'discarded') and delivery.closed_at < $3
    returning 1
  )
  select (select max(id) from page) as last, (select count(*) from page)::int as seen,
         (select count(*) from page where is_due)::int as due, (select count(*) from deleted)::int as deleted`;

/** A subscription stays for as long as a delivery of it is kept; asked about only when the last one must be gone. */
async function deleteRemoved({ cleaner, took }: Round, cutoff: Date): Promise<void> {
  const { rows } = await cleaner.query<{ id: string }>('select id from subscriptions where removed_at < $1', [cutoff]);
  if (rows.length === 0) return;
  const { rowCount } = await cleaner.query(
    `delete from subscriptions where id = any($1::bigint[])
        and not exists (select from deliveries where subscription_id = subscriptions.id)`,
    [rows.map(({ id }) => id)],
  );
  took('subscriptions', rowCount ?? 0);
}

/** Each has a partial index of its own. */
const UNSENDABLE = ['waiting', 'dead'] as const;

/** Deletes what a removed subscription was still to be sent: nothing sends or replays it any more. */
export async function deleteUnsendable(round: Round): Promise<void> {
  const { rows } = await round.cleaner.query<{ id: string }>(
    'select id from subscriptions where removed_at is not null',
  );
  for (const { id } of rows) {
    for (const state of UNSENDABLE) await deleteOf(round, id, state);
  }
}

/** One that is being sent is left until its worker has noted the end, or its lease is over. */
async function deleteOf(round: Round, subscription: string, state: (typeof UNSENDABLE)[number]): Promise<void> {
  await deleteInChunks(round, 'deliveries', async () => {
    const { rowCount } = await round.cleaner.query(
      `delete from deliveries where id = any(array(
         select id from deliveries
          where subscription_id = $1 and state = '${state}' and (claim is null or next_attempt_at <= now())
          limit $2 for update skip locked))`,
      [subscription, ROWS],
    );
    return { deleted: rowCount ?? 0, isLast: (rowCount ?? 0) < ROWS };
  });
}
