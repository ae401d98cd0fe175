import { PoolClient } from 'pg';
import { FilteredEvent } from '@bridgecore/contracts';
import { Log } from '@bridgecore/runtime';
import { OutboxEntry, OutboxSubscriber } from '../outbox/subscriber';
import { writeAudit } from '../record/audit';
import { FilterRow, Filters, ReadFilter } from './filters';

/** What it is opened with. */
export interface FanOutDependencies {
  readonly log: Log;
  /** Told after a commit that has written deliveries: they are due. */
  readonly ring: () => void;
}

/** A delivery as it is written; the rest is by default. */
interface NewDelivery {
  readonly subscription_id: string;
  readonly event_id: string;
  readonly system: string;
  readonly model: string;
  readonly record_id: number;
  readonly ordered: boolean;
}

interface Subscription extends FilterRow {
  readonly id: string;
  readonly ordered: boolean;
  readonly state: 'active' | 'paused';
}

interface FannedEvent extends FilteredEvent {
  readonly id: string;
  readonly record_id: number;
}

/**
 * Writes a delivery for each new event and each subscription that wants it, in the transaction in which the event leaves the
 * outbox: so there is exactly one, whatever dies. Subscriptions are read after the event was committed, so one that is made
 * while events flow misses none that is recorded after it.
 */
export class FanOut implements OutboxSubscriber {
  readonly name = 'notifications';
  private readonly filters = new Filters();
  private hasWritten = false;

  constructor(private readonly dependencies: FanOutDependencies) {}

  async handOn(entries: readonly OutboxEntry[], tx: PoolClient): Promise<void> {
    this.hasWritten = false;
    const subscriptions = await readSubscriptions(tx);
    if (subscriptions.length === 0) return;
    const filters = this.filters.of(subscriptions);
    const needsData = filters.some((filter) => filter.needsData);
    const events = await readEvents(tx, entries, needsData);
    this.tellGone(entries, events);
    const wanted = subscriptions.flatMap((subscription, at) => wantedBy(subscription, filters[at], events));
    await this.pauseUnclear(tx, subscriptions, filters);
    await write(tx, wanted);
    this.hasWritten = wanted.length > 0;
  }

  handedOn(): void {
    if (this.hasWritten) this.dependencies.ring();
  }

  /** Retention spares what the outbox holds: somebody has deleted it by hand. */
  private tellGone(entries: readonly OutboxEntry[], events: readonly FannedEvent[]): void {
    if (events.length === entries.length) return;
    const there = new Set(events.map(({ id }) => id));
    for (const { id, event_id, system } of entries.filter((entry) => !there.has(entry.event_id))) {
      this.dependencies.log.warn('outbox.event_gone', { subscriber: this.name, outbox_id: id, event_id, system });
    }
  }

  /** Nothing is sent by a filter that is not understood; what it may want is kept until somebody has looked. */
  private async pauseUnclear(
    tx: PoolClient,
    subscriptions: readonly Subscription[],
    filters: readonly ReadFilter[],
  ): Promise<void> {
    for (const [at, { id, name, state }] of subscriptions.entries()) {
      const problem = filters[at]?.problem ?? null;
      if (problem === null || state === 'paused') continue;
      const reason = `This version cannot understand it, and notes all that it may want: ${problem}`.slice(0, 500);
      await pause(tx, id, reason);
      const about = { subscription: name, paused_by: 'failures', reason };
      await writeAudit(tx, [{ action: 'subscription.paused', outcome: 'done', error: reason, detail: about }]);
      this.dependencies.log.warn('subscription.paused', about);
    }
  }
}

function wantedBy(
  { id, ordered }: Subscription,
  filter: ReadFilter | undefined,
  events: readonly FannedEvent[],
): NewDelivery[] {
  return events
    .filter((event) => filter?.judge(event) !== 'unwanted')
    .map(({ id: event_id, system, model, record_id }) => {
      return { subscription_id: id, event_id, system, model, record_id, ordered };
    });
}

/** Those that are paused too: what they want waits. */
async function readSubscriptions(tx: PoolClient): Promise<Subscription[]> {
  const { rows } = await tx.query<Subscription>(
    `select id, name, url, filter::text as filter, ordered, state from subscriptions
      where removed_at is null order by id`,
  );
  return rows;
}

/** Data may be large, and only conditions look at it. */
async function readEvents(tx: PoolClient, entries: readonly OutboxEntry[], needsData: boolean): Promise<FannedEvent[]> {
  const { rows } = await tx.query<FannedEvent>(
    `select id, system, model, record_id, operation, priority, is_test, ${needsData ? 'data' : `'{}'::jsonb as data`}
       from webhook_events where id = any($1::bigint[])`,
    [entries.map(({ event_id }) => event_id)],
  );
  return rows;
}

/** Ids in the order of the events: so they are sent where nothing stands in the way. */
async function write(tx: PoolClient, deliveries: readonly NewDelivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  await tx.query(
    `insert into deliveries (subscription_id, event_id, system, model, record_id, ordered)
     select subscription_id, event_id, system, model, record_id, ordered
       from jsonb_to_recordset($1::jsonb) as row
         (subscription_id bigint, event_id bigint, system text, model text, record_id integer, ordered boolean)
      order by event_id, subscription_id
         on conflict (event_id, subscription_id) do nothing`,
    [JSON.stringify(deliveries)],
  );
}

async function pause(tx: PoolClient, id: string, reason: string): Promise<void> {
  await tx.query(
    `update subscriptions
        set state = 'paused', paused_by = 'failures', paused_at = now(), pause_reason = $2
      where id = $1 and state = 'active'`,
    [id, reason],
  );
}
