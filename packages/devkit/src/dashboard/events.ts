import { graph, percentiles, Section } from './panels';

const SYSTEM = 'system=~"$system"';

/** What became of events, by push and by pull. */
export const events: Section = {
  title: 'Events',
  panels: [
    graph(
      'What became of them',
      'recorded: new. joined: the same event by the other way. repeat: known already. dead, rejected: became a dead letter. seen: known to Redis, without asking PostgreSQL.',
      [
        {
          expr: `sum by (outcome) (rate(bridgecore_events_total{${SYSTEM}}[$__rate_interval]))`,
          legend: '{{outcome}}',
        },
      ],
      { unit: 'ops', isStacked: true },
    ),
    graph(
      'New events',
      'By the Odoo, and the way by which they came first.',
      [
        {
          expr: `sum by (system, origin) (rate(bridgecore_events_total{${SYSTEM}, outcome="recorded"}[$__rate_interval]))`,
          legend: '{{system}} {{origin}}',
        },
      ],
      { unit: 'ops', isStacked: true },
    ),
    graph(
      'Dead letters',
      'How many became dead letters, by the reason.',
      [
        {
          expr: `sum by (system, reason) (increase(bridgecore_dead_letters_total{${SYSTEM}}[$__rate_interval]))`,
          legend: '{{system}} {{reason}}',
        },
      ],
      { unit: 'short' },
    ),
    graph(
      'From receipt to commit: pushes',
      'How old new events were when they were recorded, from when the gateway had them.',
      percentiles('bridgecore_event_latency_seconds', `${SYSTEM}, origin="push", from="receipt"`, ['system']),
      { unit: 's', limit: 30 },
    ),
    graph(
      "From Odoo's timestamp to commit",
      'How old new events were when they were recorded, from when they happened in Odoo, which tells it in whole seconds.',
      percentiles('bridgecore_event_latency_seconds', `${SYSTEM}, from="odoo"`, ['system', 'origin']),
      { unit: 's' },
    ),
    graph(
      'Held by Odoo, and recorded here',
      'Events of the last day, in the last connection check. The lines lie on each other when nothing is missing.',
      [
        { expr: `max by (system) (bridgecore_system_events_held{${SYSTEM}})`, legend: '{{system}} held' },
        { expr: `min by (system) (bridgecore_system_events_recorded{${SYSTEM}})`, legend: '{{system}} recorded' },
      ],
      { unit: 'short' },
    ),
  ],
};
