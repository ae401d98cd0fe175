import { randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { BridgeError, MAX_SECRETS } from '@bridgecore/contracts';
import { Ask, insertSecret, secretOwner } from '@bridgecore/database';
import { Sealer } from '@bridgecore/runtime';
import { asking } from './ask';
import { By, note } from './note';
import { SecretRequest } from './subscription-request';
import { assertChangeable, holdSubscription, STILL_HOLDS } from './subscription-rows';

/** A secret as Standard Webhooks has them. */
export function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

/** Adds a secret, sealed, and returns its id. Throws `SECRETS_DISABLED` without a key to seal with. */
export async function keepSecret(ask: Ask, subscriptionId: string, secret: string, sealer: Sealer): Promise<string> {
  return insertSecret(ask, subscriptionId, await sealer.seal(secret, secretOwner(subscriptionId)));
}

/** Adds a secret, and has the others expire; one that was made here is told this once. */
export async function addSecret(
  source: DataSource,
  name: string,
  { secret, expire_others_in_seconds: seconds }: SecretRequest,
  by: By,
  sealer: Sealer,
): Promise<{ id: string; secret?: string }> {
  const made = secret === undefined ? { secret: newSecret() } : {};
  return source.transaction(async (tx) => {
    const ask = asking(tx);
    const subscription = await holdSubscription(ask, name, by.system);
    assertChangeable(subscription);
    await expireSecrets(ask, subscription.id, seconds);
    const id = await keepSecret(ask, subscription.id, secret ?? made.secret ?? newSecret(), sealer);
    await assertBounded(ask, subscription.id, name);
    const detail = { secret_id: id, key_id: sealer.current, expire_others_in_seconds: seconds };
    await note(tx, 'subscription.secret_added', subscription, by, detail);
    return { id, ...made };
  });
}

/** One that expires sooner already does so; what has expired is of no use to anybody. */
async function expireSecrets(ask: Ask, subscriptionId: string, seconds: number): Promise<void> {
  await ask(
    `update subscription_secrets
        set expires_at = least(expires_at, now() + make_interval(secs => $2))
      where subscription_id = $1`,
    [subscriptionId, seconds],
  );
  await ask(`delete from subscription_secrets where subscription_id = $1 and not ${STILL_HOLDS}`, [subscriptionId]);
}

async function assertBounded(ask: Ask, subscriptionId: string, name: string): Promise<void> {
  const rows = await ask('select id from subscription_secrets where subscription_id = $1', [subscriptionId]);
  if (rows.length <= MAX_SECRETS) return;
  const detail = `"${name}" has ${MAX_SECRETS} secrets, which is all that there may be: remove one first.`;
  throw new BridgeError('SECRETS_BOUNDED', detail);
}

/** Takes a secret away at once. One must remain that does not expire: without any, nothing could be sent. */
export async function removeSecret(source: DataSource, name: string, id: string, by: By): Promise<void> {
  await source.transaction(async (tx) => {
    const ask = asking(tx);
    const subscription = await holdSubscription(ask, name, by.system);
    assertChangeable(subscription);
    const deleted = await ask('delete from subscription_secrets where subscription_id = $1 and id = $2 returning id', [
      subscription.id,
      id,
    ]);
    if (deleted.length === 0) throw unknownSecret(name, id);
    const left = await ask(
      'select id from subscription_secrets where subscription_id = $1 and expires_at is null limit 1',
      [subscription.id],
    );
    if (left.length === 0) {
      throw new BridgeError('SECRETS_BOUNDED', `"${name}" has no other secret that does not expire: add one first.`);
    }
    await note(tx, 'subscription.secret_removed', subscription, by, { secret_id: id });
  });
}

export function unknownSecret(name: string, id: string): BridgeError {
  return new BridgeError('NOT_FOUND', `"${name}" has no secret ${id.slice(0, 50)}.`);
}
