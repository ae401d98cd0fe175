import { DataSource, EntityManager } from 'typeorm';
import { canonicalJson, Networks, SubscriptionSpec } from '@bridgecore/contracts';
import { insertSubscription, removeSubscription, SubscriptionSettings, updateSubscription } from '@bridgecore/database';
import { Sealer } from '@bridgecore/runtime';
import { asking } from './ask';
import { By, note } from './note';
import { assertReachable } from './receiver-url';
import { keepSecret, newSecret } from './secrets';
import { CHANGEABLE, parseChange } from './subscription-request';
import {
  assertChangeable,
  countWaiting,
  holdSubscription,
  ShownSubscription,
  showSubscription,
} from './subscription-rows';
import { allowedFilter, onlySystem } from './visible';

/** What subscriptions are judged by, and their secrets kept with. */
export interface Terms {
  readonly sealer: Sealer;
  readonly allowedNetworks: Networks;
  /** Every system that events may come from. */
  readonly systemIds: readonly string[];
}

/** Adds a subscription; a secret that was made here is told this once. */
export async function createSubscription(
  source: DataSource,
  spec: SubscriptionSpec,
  by: By,
  { sealer, allowedNetworks, systemIds }: Terms,
): Promise<ShownSubscription & { secret?: string }> {
  assertReachable(spec.url, allowedNetworks);
  const { secrets, ...rest } = spec;
  const settings = { ...rest, filter: allowedFilter(spec.filter, by.system, systemIds) };
  const made = secrets === undefined ? { secret: newSecret() } : {};
  return source.transaction(async (tx) => {
    const ask = asking(tx);
    const id = await insertSubscription(ask, 'api', settings);
    for (const secret of secrets ?? Object.values(made)) await keepSecret(ask, id, secret, sealer);
    await note(tx, 'subscription.created', settings, by, traceOf(settings));
    return { ...(await showSubscription(tx, settings.name)), ...made };
  });
}

/** Gives a subscription other settings. What is asked for and is so already leaves no trace. */
export async function changeSubscription(
  source: DataSource,
  name: string,
  body: unknown,
  by: By,
  { allowedNetworks, systemIds }: Terms,
): Promise<ShownSubscription> {
  return source.transaction(async (tx) => {
    const ask = asking(tx);
    const before = await holdSubscription(ask, name, by.system);
    assertChangeable(before);
    const asked = parseChange(body, before);
    const changed = CHANGEABLE.filter((field) => !isSame(before[field], asked[field]));
    if (changed.includes('url')) assertReachable(asked.url, allowedNetworks);
    const isFiltered = changed.includes('filter');
    const after = isFiltered ? { ...asked, filter: allowedFilter(asked.filter, by.system, systemIds) } : asked;
    if (changed.length > 0) {
      await updateSubscription(ask, before.id, after);
      const pick = (settings: SubscriptionSettings): object =>
        Object.fromEntries(Object.entries(traceOf(settings)).filter(([field]) => isIn(changed, field)));
      await note(tx, 'subscription.changed', after, by, { before: pick(before), after: pick(after) });
    }
    return showSubscription(tx, name);
  });
}

/** Takes a subscription away; tells how many deliveries, as far as they are counted, are not sent any more. */
export async function endSubscription(source: DataSource, name: string, by: By): Promise<number> {
  return source.transaction(async (tx) => {
    const ask = asking(tx);
    const subscription = await holdSubscription(ask, name, by.system);
    assertChangeable(subscription);
    const waiting = await countWaiting(ask, subscription);
    await removeSubscription(ask, subscription.id);
    await note(tx, 'subscription.removed', subscription, by, { discarded: waiting });
    return waiting;
  });
}

/** Sends nothing until it is resumed; what is to be sent goes on being written. It is the operator's pause then, whoever's it was. */
export async function pauseSubscription(
  source: DataSource,
  name: string,
  by: By,
  reason: string | null,
): Promise<ShownSubscription> {
  return changeState(source, name, by, {
    action: 'subscription.paused',
    detail: { by: 'operator', ...(reason === null ? {} : { reason }) },
    update: `state = 'paused', paused_by = 'operator', paused_at = coalesce(paused_at, now()), pause_reason = $2`,
    values: [reason],
  });
}

/** Sends again, and as if nothing had failed: what waits for its next try is due now, the first 10,000 at least. */
export async function resumeSubscription(source: DataSource, name: string, by: By): Promise<ShownSubscription> {
  return changeState(source, name, by, {
    action: 'subscription.resumed',
    detail: {},
    update: `state = 'active', paused_by = null, paused_at = null, pause_reason = null,
             failures = 0, failing_since = null, open_until = null`,
    values: [],
    alsoDo: BRING_FORWARD,
  });
}

/**
 * What a worker is trying now is its own. Of one that fails now and then any number may wait for their next try, and a statement
 * has its limit: those that are next come forward, as many as take half a second, and the rest comes in its time.
 */
const BRING_FORWARD = `
  update deliveries set next_attempt_at = now()
   where id = any(array(
     select id from deliveries
      where subscription_id = $1 and state = 'waiting' and next_attempt_at > now() and claim is null
      order by next_attempt_at, id limit 10000 for no key update skip locked))`;

/** A delivery that was written to see whether it arrives, and whether its subscription sends at all now. */
export interface TestDelivery {
  readonly delivery_id: string;
  readonly state: 'active' | 'paused';
  readonly open_until: Date | null;
}

/** Writes a delivery without an event. It belongs to the system of whoever may see the subscription, so that he may see it. */
export async function testSubscription(source: DataSource, name: string, by: By): Promise<TestDelivery> {
  return source.transaction(async (tx) => {
    const ask = asking(tx);
    const { id, state, open_until, ...settings } = await holdSubscription(ask, name, by.system);
    const [row] = await ask<{ id: string }>(
      'insert into deliveries (subscription_id, system, ordered) values ($1, $2, false) returning id',
      [id, onlySystem(settings.filter).system ?? null],
    );
    if (row === undefined) throw new Error('PostgreSQL has not told the id of a delivery');
    await note(tx, 'subscription.tested', settings, by, { delivery_id: row.id });
    return { delivery_id: row.id, state, open_until };
  });
}

interface StateChange {
  readonly action: string;
  readonly detail: object;
  /** What is set; `$2` and on are the values. */
  readonly update: string;
  readonly values: readonly unknown[];
  /** A further statement; `$1` is the subscription. */
  readonly alsoDo?: string;
}

function changeState(source: DataSource, name: string, by: By, change: StateChange): Promise<ShownSubscription> {
  return source.transaction(async (tx: EntityManager) => {
    const ask = asking(tx);
    const subscription = await holdSubscription(ask, name, by.system);
    await ask(`update subscriptions set ${change.update}, updated_at = now() where id = $1`, [
      subscription.id,
      ...change.values,
    ]);
    if (change.alsoDo !== undefined) await ask(change.alsoDo, [subscription.id]);
    await note(tx, change.action, subscription, by, change.detail);
    return showSubscription(tx, name);
  });
}

/** Settings as the audit keeps them: without the query of the URL, which may be a secret. */
function traceOf({ url, filter, body, ordered, rate_per_minute }: SubscriptionSettings): object {
  const { origin, pathname, search } = new URL(url);
  return { url: `${origin}${pathname}${search === '' ? '' : '?…'}`, filter, body, ordered, rate_per_minute };
}

function isIn(fields: readonly string[], field: string): boolean {
  return fields.includes(field);
}

/** As JSON: what is not given in a filter may also be undefined there. */
function isSame(one: unknown, other: unknown): boolean {
  const [first, second] = [one, other].map((value) => canonicalJson(JSON.parse(JSON.stringify(value))));
  return first === second;
}
