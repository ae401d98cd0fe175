import { Pool } from 'pg';
import { BridgeError } from '@bridgecore/contracts';
import { inTransaction } from '@bridgecore/database';
import { claim, discharge, isMyTurn } from './rows';
import { OutboxEntry, OutboxSubscriber } from './subscriber';

/**
 * A subscriber that has not answered by then has failed. Longer than a statement may take and than PostgreSQL lets a
 * transaction idle: what the subscriber has begun there has ended before its entries are tried again.
 */
const HAND_ON_TIMEOUT_MS = 20_000;

/** What came of one try. `busy`: another relay is at it; `failed`: the entries are still there, and why. */
export type HandedOn =
  | { readonly outcome: 'handed' | 'idle' | 'busy'; readonly entries: readonly OutboxEntry[] }
  | { readonly outcome: 'failed'; readonly entries: readonly OutboxEntry[]; readonly error: unknown };

/**
 * Hands the first entries that are due to the subscriber and deletes them, in one transaction. Throws when PostgreSQL
 * or the subscriber is away; any other failure is one of the entries.
 */
export async function handOnce(pool: Pool, subscriber: OutboxSubscriber, limit: number): Promise<HandedOn> {
  let entries: readonly OutboxEntry[] = [];
  let refusal: { readonly error: unknown } | undefined;
  try {
    return await inTransaction(pool, async (tx) => {
      if (!(await isMyTurn(tx, subscriber.name))) return { outcome: 'busy', entries };
      entries = together(await claim(tx, subscriber.name, limit));
      if (entries.length === 0) return { outcome: 'idle', entries };
      await inTime(subscriber.handOn(entries, tx)).catch((error: unknown) => {
        refusal = { error }; // as it was: the transaction takes a lost connection for PostgreSQL's absence
        throw error;
      });
      await discharge(tx, entries);
      return { outcome: 'handed', entries };
    });
  } catch (failure) {
    const error = refusal === undefined ? failure : refusal.error;
    if (entries.length === 0 || (error instanceof BridgeError && error.retry)) throw error;
    return { outcome: 'failed', entries, error };
  }
}

/** One that has failed before goes alone, so that it cannot take others with it again. */
function together(due: readonly OutboxEntry[]): readonly OutboxEntry[] {
  const firstFailed = due.findIndex(({ attempts }) => attempts > 0);
  return firstFailed === -1 ? due : due.slice(0, Math.max(firstFailed, 1));
}

/** The word "timeout" lets the transaction close its connection, which the subscriber may go on to use. */
async function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`timeout: the subscriber did not answer within ${HAND_ON_TIMEOUT_MS} ms`));
    }, HAND_ON_TIMEOUT_MS);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined); // one that fails later than it may is told already
  }
}
