import { DataSource, EntityManager } from 'typeorm';
import { BridgeError, FieldError, SubscriptionFilter } from '@bridgecore/contracts';
import { Ask, secretOwner } from '@bridgecore/database';
import { Sealer } from '@bridgecore/runtime';
import { asking } from './ask';
import { By, note } from './note';
import { STILL_HOLDS } from './subscription-rows';

/** How many secrets are under the current key now, and since when. */
export interface Reencryption {
  readonly re_encrypted: number;
  readonly already: number;
  readonly key_id: string;
}

interface Owner {
  readonly id: string;
  readonly name: string;
  readonly filter: SubscriptionFilter;
}

/**
 * Puts every secret that is still used under the current key. Each subscription is a transaction of its own: broken off halfway, what
 * is done is done, and asking again does the rest. A secret that does not open keeps no other one back; all such are told at the
 * end, by `SECRETS_DISABLED` with the subscription as the field.
 */
export async function reencrypt(source: DataSource, sealer: Sealer, by: By): Promise<Reencryption> {
  const { current } = sealer;
  if (current === undefined)
    throw disabled('Secrets are not kept here: the gateway was started without SECRET_KEYS_FILE.');
  const owners = await source.query<Owner[]>(
    'select id, name, filter from subscriptions where removed_at is null order by id',
  );
  let [re_encrypted, already] = [0, 0];
  const closed: FieldError[] = [];
  for (const owner of owners) {
    const done = await source.transaction((tx) => reencryptOne(tx, owner, sealer, current, by));
    re_encrypted += done.re_encrypted;
    already += done.already;
    closed.push(...done.closed);
  }
  if (closed.length === 0) return { re_encrypted, already, key_id: current };
  const told = closed.slice(0, TOLD).map(({ field, message }) => `${field}: ${message}`);
  if (closed.length > TOLD) told.push(`And ${closed.length - TOLD} more.`);
  const detail = `${re_encrypted + already} secrets are under the key "${current}", but not ${closed.length}: ${told.join(' ')}`;
  throw disabled(detail, closed);
}

/** So many are named in the sentence; `errors` names all. */
const TOLD = 3;

interface SecretRow {
  readonly id: string;
  readonly sealed: string;
  readonly key_id: string;
}

/** The subscription is held, as whoever removes it or its secrets does: nothing is written for one that is gone. */
async function reencryptOne(
  tx: EntityManager,
  owner: Owner,
  sealer: Sealer,
  current: string,
  by: By,
): Promise<{ re_encrypted: number; already: number; closed: FieldError[] }> {
  const ask = asking(tx);
  const secrets = await holdSecrets(ask, owner.id);
  const others = secrets.filter(({ key_id }) => key_id !== current);
  let re_encrypted = 0;
  const closed: FieldError[] = [];
  for (const secret of others) {
    const problem = await moveToCurrent(ask, owner.id, secret, sealer);
    if (problem === null) re_encrypted += 1;
    else closed.push({ field: owner.name, message: problem });
  }
  if (re_encrypted > 0) await note(tx, 'secrets.reencrypted', owner, by, { re_encrypted, key_id: current });
  return { re_encrypted, already: secrets.length - others.length, closed };
}

async function holdSecrets(ask: Ask, subscriptionId: string): Promise<SecretRow[]> {
  const held = await ask('select id from subscriptions where id = $1 and removed_at is null for no key update', [
    subscriptionId,
  ]);
  if (held.length === 0) return [];
  return ask<SecretRow>(
    `select id, sealed, key_id from subscription_secrets where subscription_id = $1 and ${STILL_HOLDS} order by id for update`,
    [subscriptionId],
  );
}

/** Returns why it cannot be, or null. */
async function moveToCurrent(
  ask: Ask,
  subscriptionId: string,
  secret: SecretRow,
  sealer: Sealer,
): Promise<string | null> {
  const owner = secretOwner(subscriptionId);
  try {
    const { sealed, key_id } = await sealer.seal(await sealer.open(secret.sealed, owner), owner);
    await ask('update subscription_secrets set sealed = $2, key_id = $3 where id = $1', [secret.id, sealed, key_id]);
    return null;
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'SECRETS_DISABLED') return error.message;
    throw error;
  }
}

function disabled(detail: string, errors: readonly FieldError[] = []): BridgeError {
  return new BridgeError('SECRETS_DISABLED', detail, { errors });
}
