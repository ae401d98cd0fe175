import { Counter, Histogram, Registry } from 'prom-client';
import { Origin, ORIGINS, WebhookEvent } from '@bridgecore/contracts';
import { reasonLabel, systemLabel } from './labels';

const OUTCOMES = ['recorded', 'joined', 'repeat', 'dead', 'rejected', 'seen'] as const;

/** What became of an event: recorded, joined with its twin, a repeat, a dead letter, refused by the gateway, seen lately. */
export type EventOutcome = (typeof OUTCOMES)[number];

/** From the milliseconds of a push to the hours of a backlog. */
const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3_600, 21_600];

/** Told what became of events, where it is decided and after it is committed. */
export interface EventMeter {
  settled(events: readonly SettledEvent[]): void;
  count(system: string, origin: Origin, outcome: EventOutcome, events?: number): void;
  buried(letters: readonly { readonly system: string; readonly reason: string }[]): void;
}

/** An event as far as it is counted. */
export interface SettledEvent {
  readonly event: Pick<WebhookEvent, 'system' | 'origin' | 'occurred_at' | 'timestamped' | 'received_at'>;
  readonly outcome: EventOutcome;
  readonly originIdReused: boolean;
}

/** Counts events of these systems, and how old the new ones were at their commit. */
export function countEvents(registry: Registry, systems: readonly string[]): EventMeter {
  const { events, latency, reused, letters } = series(registry);
  const label = systemLabel(systems);
  for (const system of systems) {
    for (const origin of ORIGINS) for (const outcome of OUTCOMES) events.inc({ system, origin, outcome }, 0);
    reused.inc({ system }, 0);
  }
  return {
    settled: (settled) => {
      const now = Date.now();
      for (const { event, outcome, originIdReused } of settled) {
        const { origin, occurred_at, timestamped, received_at } = event;
        const system = label(event.system);
        events.inc({ system, origin, outcome });
        if (originIdReused) reused.inc({ system });
        if (outcome !== 'recorded') continue;
        latency.observe({ system, origin, from: 'receipt' }, secondsSince(received_at, now));
        if (timestamped) latency.observe({ system, origin, from: 'odoo' }, secondsSince(occurred_at, now));
      }
    },
    count: (system, origin, outcome, number = 1) => {
      events.inc({ system: label(system), origin, outcome }, number);
    },
    buried: (buried) => {
      for (const { system, reason } of buried) letters.inc({ system: label(system), reason: reasonLabel(reason) });
    },
  };
}

function series(registry: Registry) {
  const registers = [registry];
  return {
    events: new Counter({
      name: 'bridgecore_events_total',
      help: 'Events by what became of them: recorded, joined with their twin, repeats, dead letters (dead, or rejected by the gateway), seen lately.',
      labelNames: ['system', 'origin', 'outcome'],
      registers,
    }),
    latency: new Histogram({
      name: 'bridgecore_event_latency_seconds',
      help: "How old newly recorded events were at their commit: from Odoo's timestamp, which is of whole seconds, or from their receipt.",
      labelNames: ['system', 'origin', 'from'],
      buckets: SECONDS,
      registers,
    }),
    reused: new Counter({
      name: 'bridgecore_origin_ids_reused_total',
      help: "Events whose id was another event's before: the Odoo was reset or restored.",
      labelNames: ['system'],
      registers,
    }),
    letters: new Counter({
      name: 'bridgecore_dead_letters_total',
      help: 'Events, items and rows that became dead letters, by reason; one that failed again counts again.',
      labelNames: ['system', 'reason'],
      registers,
    }),
  };
}

/** A clock of Odoo's that is ahead of ours makes no event come before it happened. */
function secondsSince(time: string, now: number): number {
  return Math.max(now - Date.parse(time), 0) / 1_000;
}
