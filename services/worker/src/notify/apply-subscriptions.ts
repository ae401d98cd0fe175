import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, PoolClient } from 'pg';
import { BridgeError, canonicalJson } from '@bridgecore/contracts';
import { Ask, insertSecret, insertSubscription, removeSubscription } from '@bridgecore/database';
import { secretOwner, SubscriptionOrigin, SubscriptionSettings, updateSubscription } from '@bridgecore/database';
import { Log, Sealer } from '@bridgecore/runtime';
import { inAuditedTransaction, writeAudit } from '../record/audit';
import { DeclaredSubscription } from './subscriptions-file';

/** What subscriptions are applied with. */
export interface ApplyDependencies {
  readonly pool: Pool;
  readonly sealer: Sealer;
  readonly log: Log;
}

/** How many subscriptions of the file were new, other than before, gone from it, and as before. */
export interface Applied {
  declared: number;
  changed: number;
  removed: number;
  unchanged: number;
}

interface Row extends SubscriptionSettings {
  readonly id: string;
  readonly origin: SubscriptionOrigin;
}

/** What one transaction works with. */
interface Applying {
  readonly tx: PoolClient;
  readonly ask: Ask;
  readonly sealer: Sealer;
}

/** One worker at a time: those that start together find the work done. */
const LOCK = `select pg_advisory_xact_lock(hashtextextended('bridgecore.subscriptions', 0))`;

const ROWS = `
  select id, origin, name, url, filter, body, ordered, rate_per_minute
    from subscriptions where removed_at is null order by id`;

/**
 * Makes the subscriptions of origin `file` those that the file declares, in one transaction; of what is so already nothing is
 * written. Those of the API are left alone: a name that one of them has is `CONFIG_INVALID`.
 */
export async function applySubscriptions(
  declared: readonly DeclaredSubscription[],
  { pool, sealer, log }: ApplyDependencies,
): Promise<Applied> {
  const applied = await inAuditedTransaction(pool, async (tx) => {
    const ask: Ask = async <Answer>(sql: string, values: unknown[]) => (await tx.query(sql, values)).rows as Answer[];
    await tx.query(LOCK);
    return apply(declared, await ask<Row>(ROWS, []), { tx, ask, sealer });
  });
  log.info('subscriptions.applied', { ...applied });
  return applied;
}

const RETRY_MS = 1_000;

/** Applies what is declared as soon as PostgreSQL lets it; false when the worker is to end before. */
export async function applyWhenUp(
  declared: readonly DeclaredSubscription[] | undefined,
  dependencies: ApplyDependencies,
  ended: AbortSignal,
): Promise<boolean> {
  if (declared === undefined) return true;
  while (!ended.aborted) {
    try {
      await applySubscriptions(declared, dependencies);
      return true;
    } catch (error) {
      if (!(error instanceof BridgeError && error.retry)) throw error;
      dependencies.log.warn('subscriptions.wait', { error });
      await sleep(RETRY_MS, undefined, { signal: ended }).catch(() => undefined); // it is to end
    }
  }
  return false;
}

/** What is gone goes first: it may be the one too many. */
async function apply(
  declared: readonly DeclaredSubscription[],
  rows: readonly Row[],
  applying: Applying,
): Promise<Applied> {
  const applied: Applied = { declared: 0, changed: 0, removed: 0, unchanged: 0 };
  const names = new Set(declared.map(({ name }) => name));
  for (const { id, name } of rows.filter((row) => row.origin === 'file' && !names.has(row.name))) {
    await removeSubscription(applying.ask, id);
    await tell(applying.tx, 'removed', name);
    applied.removed += 1;
  }
  for (const one of declared) {
    const row = rows.find(({ name }) => name === one.name);
    if (row?.origin === 'api') throw taken(one.name);
    applied[row === undefined ? await declare(one, applying) : await change(one, row, applying)] += 1;
  }
  return applied;
}

async function declare({ secrets, ...settings }: DeclaredSubscription, applying: Applying): Promise<'declared'> {
  const { tx, ask } = applying;
  const id = await insertSubscription(ask, 'file', settings).catch((error: unknown) => {
    throw error instanceof BridgeError && error.code === 'SUBSCRIPTION_EXISTS' ? taken(settings.name) : error;
  });
  await writeSecrets(id, secrets, applying);
  await tell(tx, 'declared', settings.name);
  return 'declared';
}

async function change(
  { secrets, ...settings }: DeclaredSubscription,
  { id, origin: _, ...row }: Row,
  applying: Applying,
): Promise<'changed' | 'unchanged'> {
  const { tx, ask } = applying;
  const changed = settingsOf(settings).filter(([field, value]) => canonical(row[field]) !== canonical(value));
  const fields: string[] = changed.map(([field]) => field);
  const isSignedAnew = !(await hasSecrets(id, secrets, applying));
  if (isSignedAnew) fields.push('secrets');
  if (fields.length === 0) return 'unchanged';
  await updateSubscription(ask, id, settings); // its row before its secrets, as whoever encrypts them anew
  if (isSignedAnew) {
    await tx.query('delete from subscription_secrets where subscription_id = $1', [id]);
    await writeSecrets(id, secrets, applying);
  }
  await tell(tx, 'changed', settings.name, { fields });
  return 'changed';
}

function settingsOf(settings: SubscriptionSettings): [keyof SubscriptionSettings, unknown][] {
  return Object.entries(settings) as [keyof SubscriptionSettings, unknown][];
}

/** As PostgreSQL keeps it: without what is not given. */
function canonical(value: unknown): string {
  return canonicalJson(JSON.parse(JSON.stringify(value)));
}

/** Newer ones sign first, so the first of the file is written last. */
async function writeSecrets(id: string, secrets: readonly string[], { ask, sealer }: Applying): Promise<void> {
  for (const secret of secrets.toReversed()) await insertSecret(ask, id, await sealer.seal(secret, secretOwner(id)));
}

/** Whether its secrets are these. One that does not open is none of them, and is replaced. */
async function hasSecrets(id: string, secrets: readonly string[], { ask, sealer }: Applying): Promise<boolean> {
  const rows = await ask<{ sealed: string; expires_at: Date | null }>(
    'select sealed, expires_at from subscription_secrets where subscription_id = $1 order by id desc',
    [id],
  );
  if (rows.length !== secrets.length || rows.some(({ expires_at }) => expires_at !== null)) return false;
  for (const [index, { sealed }] of rows.entries()) {
    const opened = await sealer.open(sealed, secretOwner(id)).catch((error: unknown) => {
      if (error instanceof BridgeError && error.code === 'SECRETS_DISABLED') return undefined;
      throw error;
    });
    if (opened !== secrets[index]) return false;
  }
  return true;
}

function tell(tx: PoolClient, what: 'declared' | 'changed' | 'removed', subscription: string, detail: object = {}) {
  const entry = { action: `subscription.${what}`, outcome: 'done', detail: { subscription, ...detail } };
  return writeAudit(tx, [entry]);
}

function taken(name: string): BridgeError {
  return new BridgeError(
    'CONFIG_INVALID',
    `SUBSCRIPTIONS_FILE declares "${name}", which cannot be made: a subscription of the API has this name, or there are as many as there may be. Remove it there, or call it otherwise here.`,
  );
}
