import { EntityManager } from 'typeorm';
import { BridgeError } from '@bridgecore/contracts';
import { Ask, SubscriptionOrigin, SubscriptionSettings } from '@bridgecore/database';
import { IS_VISIBLE } from './visible';

/** How a subscription stands, beside what it was told. */
interface Standing {
  readonly origin: SubscriptionOrigin;
  readonly state: 'active' | 'paused';
  readonly paused_by: 'operator' | 'failures' | 'gone' | null;
  readonly paused_at: Date | null;
  readonly pause_reason: string | null;
  readonly failures: number;
  readonly failing_since: Date | null;
  readonly open_until: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** A subscription as its row has it. */
export type SubscriptionRow = SubscriptionSettings & Standing & { readonly id: string };

/** A secret as it may be shown: all but itself. */
export interface ShownSecret {
  readonly id: string;
  readonly key_id: string;
  readonly created_at: Date;
  readonly expires_at: Date | null;
}

/** A subscription as operators see it. */
export interface ShownSubscription extends SubscriptionSettings, Standing {
  /** Those that messages are signed with now, newest first. */
  readonly secrets: readonly ShownSecret[];
  readonly deliveries: { readonly waiting: number; readonly dead: number };
}

const STANDING = `state, paused_by, paused_at, pause_reason, failures, failing_since, open_until, created_at, updated_at`;
const COLUMNS = `id, name, origin, url, filter, body, ordered, rate_per_minute, ${STANDING}`;

/** A secret that is used no more is kept until the next one is added. */
export const STILL_HOLDS = '(expires_at is null or expires_at > now())';

/** The time for a statement is bounded, and so is what is counted: a backlog may have millions. */
export const COUNTED_UP_TO = 100_000;
const COUNTED_UP_TO_IN_LIST = 10_000;

/**
 * For the rest of the transaction. The planner takes every subscription for an average one: it would collect and sort all of a
 * backlog, or look for the dead among all that there is. Without sorting only the one index has the order of a count.
 */
export const IN_ORDER_OF_INDEX = `select set_config('enable_sort', 'off', true)`;

const COUNTED_BY = { waiting: 'subscription_id, next_attempt_at, id', dead: 'subscription_id, id' };

/** How many deliveries of a subscription are in this state, `$n` at most. With `=` its order would be that of other indexes too. */
const count = (state: 'waiting' | 'dead', bound: string): string =>
  `(select count(*)::int from (select 1 from deliveries
      where subscription_id between s.id and s.id and state = '${state}'
      order by ${COUNTED_BY[state]} limit ${bound}) as counted) as ${state}`;

export const SHOWN = `
  select ${COLUMNS}, ${count('waiting', '$3')}, ${count('dead', '$3')}
    from subscriptions s
   where removed_at is null and ($1::text is null or name = $1) and ${IS_VISIBLE}
   order by name`;

const SECRETS = `
  select subscription_id, id, key_id, created_at, expires_at from subscription_secrets
   where subscription_id = any($1) and ${STILL_HOLDS} order by id desc`;

/** All subscriptions that a key with this system may see, by their names; what waits of each is counted up to 10,000. */
export function listSubscriptions(tx: EntityManager, system?: string): Promise<ShownSubscription[]> {
  return show(tx, [null, system ?? null, COUNTED_UP_TO_IN_LIST]);
}

/** One of them; throws `NOT_FOUND`. */
export async function showSubscription(tx: EntityManager, name: string, system?: string): Promise<ShownSubscription> {
  const [subscription] = await show(tx, [name, system ?? null, COUNTED_UP_TO]);
  if (subscription === undefined) throw unknownSubscription(name);
  return subscription;
}

type CountedRow = SubscriptionRow & { readonly waiting: number; readonly dead: number };

async function show(tx: EntityManager, values: unknown[]): Promise<ShownSubscription[]> {
  await tx.query(IN_ORDER_OF_INDEX);
  const rows = await tx.query<CountedRow[]>(SHOWN, values);
  const secrets = await tx.query<(ShownSecret & { subscription_id: string })[]>(SECRETS, [rows.map(({ id }) => id)]);
  return rows.map(({ id, waiting, dead, ...subscription }) => ({
    ...subscription,
    secrets: secrets
      .filter(({ subscription_id }) => subscription_id === id)
      .map(({ subscription_id: _, ...secret }) => secret),
    deliveries: { waiting, dead },
  }));
}

/**
 * The subscription, for this transaction alone: of two operators at once the second waits for the first, for two seconds at most. A
 * worker that finds it held looks again a moment later. Throws `NOT_FOUND`, also for one that a key with this system may not see.
 */
export async function holdSubscription(ask: Ask, name: string, system?: string): Promise<SubscriptionRow> {
  const [row] = await ask<SubscriptionRow>(
    `select ${COLUMNS} from subscriptions where name = $1 and ${IS_VISIBLE} and removed_at is null for no key update`,
    [name, system ?? null],
  );
  if (row === undefined) throw unknownSubscription(name);
  return row;
}

/** The file is where its subscriptions are changed: the next worker to start would put back what was changed here. */
export function assertChangeable({ name, origin }: SubscriptionRow): void {
  if (origin === 'api') return;
  throw new BridgeError('SUBSCRIPTION_DECLARED', `"${name}" is declared in SUBSCRIPTIONS_FILE: change it there.`);
}

/** How many deliveries wait, up to `COUNTED_UP_TO`. */
export async function countWaiting(ask: Ask, { id }: SubscriptionRow): Promise<number> {
  await ask(IN_ORDER_OF_INDEX, []);
  const [row] = await ask<{ waiting: number }>(`select ${count('waiting', '$2')} from (select $1::bigint as id) as s`, [
    id,
    COUNTED_UP_TO,
  ]);
  return row?.waiting ?? 0;
}

export function unknownSubscription(name: string): BridgeError {
  return new BridgeError('NOT_FOUND', `There is no subscription "${name.slice(0, 50)}".`);
}
