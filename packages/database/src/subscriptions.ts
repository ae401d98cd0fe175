import { BridgeError, SubscriptionSpec } from '@bridgecore/contracts';
import { Sealed } from '@bridgecore/runtime';

/** Asks PostgreSQL within the caller's transaction; the gateway and the worker do it by different libraries. */
export type Ask = <Row>(sql: string, values: unknown[]) => Promise<Row[]>;

/** Who has declared a subscription, and may change it. */
export type SubscriptionOrigin = 'file' | 'api';

/** What a subscription can be told, its secrets aside. */
export type SubscriptionSettings = Omit<SubscriptionSpec, 'secrets'>;

/** So many at most: each has its own line at every worker, and its own name in metrics. */
export const MAX_SUBSCRIPTIONS = 200;

/** To whom the secrets of a subscription are sealed. */
export const secretOwner = (subscriptionId: string): string => `subscription ${subscriptionId}`;

/** Adds a subscription and returns its id. Its name must be free; which it is, PostgreSQL decides. */
export async function insertSubscription(
  ask: Ask,
  origin: SubscriptionOrigin,
  settings: SubscriptionSettings,
): Promise<string> {
  const [row] = await ask<{ id: string }>(
    `insert into subscriptions (origin, name, url, filter, body, ordered, rate_per_minute)
     select $1, $2, $3, $4, $5, $6, $7
      where (select count(*) from subscriptions where removed_at is null) < $8
         on conflict (name) where removed_at is null do nothing
     returning id`,
    [origin, ...valuesOf(settings), MAX_SUBSCRIPTIONS],
  );
  if (row !== undefined) return row.id;
  const namesakes = await ask('select id from subscriptions where name = $1 and removed_at is null', [settings.name]);
  const detail =
    namesakes.length > 0
      ? `There is a subscription "${settings.name}" already.`
      : `There are ${MAX_SUBSCRIPTIONS} subscriptions, which is all that there may be.`;
  throw new BridgeError('SUBSCRIPTION_EXISTS', detail);
}

/** Gives a subscription other settings; what waits for it is sent by them. False when it is gone. */
export async function updateSubscription(ask: Ask, id: string, settings: SubscriptionSettings): Promise<boolean> {
  const rows = await ask(
    `update subscriptions
        set name = $2, url = $3, filter = $4, body = $5, ordered = $6, rate_per_minute = $7, updated_at = now()
      where id = $1 and removed_at is null
      returning id`,
    [id, ...valuesOf(settings)],
  );
  return rows.length > 0;
}

/**
 * Takes a subscription away with its secrets. Nothing more is sent to it; the clean-up deletes what was still to be. Its row is
 * held before its secrets, as by all who change them.
 */
export async function removeSubscription(ask: Ask, id: string): Promise<boolean> {
  const rows = await ask(
    'update subscriptions set removed_at = now() where id = $1 and removed_at is null returning id',
    [id],
  );
  await ask('delete from subscription_secrets where subscription_id = $1 returning id', [id]);
  return rows.length > 0;
}

/** Adds a secret, sealed to `secretOwner`, that messages are signed with beside the others. Returns its id. */
export async function insertSecret(ask: Ask, subscriptionId: string, { sealed, key_id }: Sealed): Promise<string> {
  const [row] = await ask<{ id: string }>(
    'insert into subscription_secrets (subscription_id, sealed, key_id) values ($1, $2, $3) returning id',
    [subscriptionId, sealed, key_id],
  );
  if (row === undefined) throw new Error('PostgreSQL has not told the id of a secret');
  return row.id;
}

function valuesOf({ name, url, filter, body, ordered, rate_per_minute }: SubscriptionSettings): unknown[] {
  return [name, url, JSON.stringify(filter), body, ordered, rate_per_minute];
}
