import { Pool } from 'pg';
import { Counter, Histogram, Registry } from 'prom-client';
import { Sample, scraped } from '@bridgecore/runtime';
import { Job } from './claim';
import { Settled, Tried } from './settle';

/** Told of each try when it is settled. */
export interface DeliveryMeter {
  tried(job: Job, tried: Tried, settled: Settled): void;
}

/** From a receiver next door to one that uses up the time that it has. */
const TRY_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** From the milliseconds of a healthy way to the days of one that was long away. */
const LATENCY_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400];

/** Counts tries and times them. Names of subscriptions are labels: there are at most some two hundred. */
export function countDeliveries(registry: Registry): DeliveryMeter {
  const registers = [registry];
  const deliveries = new Counter({
    name: 'bridgecore_deliveries_total',
    help: 'Tries to deliver, by what came of them; and deliveries that were given up (dead).',
    labelNames: ['subscription', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'bridgecore_delivery_seconds',
    help: 'How long a try to deliver took, whatever came of it.',
    labelNames: ['subscription'],
    buckets: TRY_SECONDS,
    registers,
  });
  const latency = new Histogram({
    name: 'bridgecore_delivery_latency_seconds',
    help: 'How old events were when they were delivered, from their receipt.',
    labelNames: ['subscription'],
    buckets: LATENCY_SECONDS,
    registers,
  });
  return {
    tried: ({ delivery: { event }, receiver }, { outcome, durationMs }, { delivery: after }) => {
      const { name: subscription } = receiver;
      deliveries.inc({ subscription, outcome });
      if (after?.state === 'dead') deliveries.inc({ subscription, outcome: 'dead' });
      seconds.observe({ subscription }, durationMs / 1_000);
      if (outcome !== 'delivered' || event === undefined) return;
      latency.observe({ subscription }, Math.max(Date.now() - event.received_at.getTime(), 0) / 1_000);
    },
  };
}

/** How a subscription stands, as each scrape asks it of PostgreSQL. */
interface Figures {
  readonly name: string;
  readonly paused_by: string | null;
  readonly is_open: boolean;
  readonly waiting: number;
  readonly oldest_seconds: number;
  readonly dead: number;
}

const PAUSERS = ['operator', 'failures', 'gone'];

/** Shows what waits, what is dead, and who is sent nothing. */
export function showDeliveries(registry: Registry, pool: Pool): void {
  const add = scraped(registry, () => figuresOf(pool));
  const gauge = (name: string, help: string, valueOf: (figures: Figures) => number): void => {
    add(name, `${help}, by subscription; the same in every worker.`, ['subscription'], (all) =>
      all.map((figures): Sample => [{ subscription: figures.name }, valueOf(figures)]),
    );
  };
  gauge('bridgecore_deliveries_waiting', 'Deliveries that wait', ({ waiting }) => waiting);
  gauge('bridgecore_deliveries_oldest_seconds', 'Age of the oldest delivery that waits', (it) => it.oldest_seconds);
  gauge('bridgecore_deliveries_dead', 'Deliveries that were given up', ({ dead }) => dead);
  gauge(
    'bridgecore_subscription_open',
    'Whether nothing is sent for a while, since the receiver fails',
    ({ is_open }) => Number(is_open),
  );
  const help = 'Whether a subscription is paused, by whom; the same in every worker.';
  add('bridgecore_subscription_paused', help, ['subscription', 'by'], (all) =>
    all.flatMap(({ name, paused_by }) =>
      PAUSERS.map((by): Sample => [{ subscription: name, by }, Number(paused_by === by)]),
    ),
  );
}

async function figuresOf(pool: Pool): Promise<Figures[]> {
  const { rows } = await pool.query<Figures>(
    `select name, paused_by, failures >= 5 and (coalesce(open_until > now(), false) or waiting.deliveries > 0) as is_open,
            coalesce(waiting.deliveries, 0)::int as waiting, coalesce(dead.deliveries, 0)::int as dead,
            coalesce(extract(epoch from now() - waiting.oldest), 0)::float8 as oldest_seconds
       from subscriptions
       left join (select subscription_id, count(*) as deliveries, min(created_at) as oldest
                    from deliveries where state = 'waiting' group by subscription_id) as waiting
              on waiting.subscription_id = subscriptions.id
       left join (select subscription_id, count(*) as deliveries
                    from deliveries where state = 'dead' group by subscription_id) as dead
              on dead.subscription_id = subscriptions.id
      where removed_at is null`,
  );
  return rows;
}
