import { Pool } from 'pg';
import { Registry } from 'prom-client';
import { Log } from '@bridgecore/runtime';
import { Outbox } from '../record/outbox';
import { countHandedOn } from './meters';
import { Relay } from './relay';
import { OutboxSubscriber } from './subscriber';

/** What the outbox is opened with. */
export interface OutboxDependencies {
  readonly pool: Pool;
  readonly log: Log;
  readonly metrics: Registry;
  readonly sweepMs: number;
  readonly defer: (name: string, close: () => unknown) => void;
}

/** Starts a relay for each subscriber. Without subscribers there is no outbox; what an earlier one left is still shown. */
export function openOutbox(subscribers: readonly OutboxSubscriber[], given: OutboxDependencies): Outbox | undefined {
  const { pool, log, metrics, sweepMs, defer } = given;
  const count = countHandedOn(metrics, pool);
  if (subscribers.length === 0) return undefined;
  const relays = subscribers.map((subscriber) => new Relay(subscriber, { pool, log, sweepMs, count }));
  defer('outbox', () => Promise.all(relays.map((relay) => relay.end())));
  return {
    subscribers: subscribers.map(({ name }) => name),
    wake: () => {
      for (const relay of relays) relay.wake();
    },
  };
}
