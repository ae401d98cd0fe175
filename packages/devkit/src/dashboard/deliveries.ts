import { graph, Section } from './panels';

/** What follows an event, and what is done beside events. */
export const deliveries: Section = {
  title: 'Outbox, data sync, clean-up',
  panels: [
    graph(
      'Outbox: waiting',
      'Recorded events that wait to be handed on. Of notifications: whose deliveries are still to be written.',
      [{ expr: 'max by (subscriber) (bridgecore_outbox_waiting)', legend: '{{subscriber}}' }],
      { unit: 'short' },
    ),
    graph(
      'Outbox: oldest entry',
      'How long the oldest entry has waited.',
      [{ expr: 'max by (subscriber) (bridgecore_outbox_oldest_seconds)', legend: '{{subscriber}}' }],
      { unit: 's', limit: 900 },
    ),
    graph(
      'Outbox: handed on',
      'handed: taken by the subscriber. failed: tried again later.',
      [
        {
          expr: 'sum by (subscriber, outcome) (rate(bridgecore_outbox_handed_on_total[$__rate_interval]))',
          legend: '{{subscriber}} {{outcome}}',
        },
      ],
      { unit: 'ops' },
    ),
    graph(
      'Data sync: records',
      'Records that were looked at, by what came of it.',
      [
        {
          expr: 'sum by (source, target, outcome) (rate(bridgecore_sync_records_total[$__rate_interval]))',
          legend: '{{source}} → {{target}} {{outcome}}',
        },
      ],
      { unit: 'ops', width: 12 },
    ),
    graph(
      'Clean-up: rows removed',
      'Rows that were older than their retention, by what they were.',
      [{ expr: 'sum by (kind) (increase(bridgecore_cleaned_up_total[$__rate_interval]))', legend: '{{kind}}' }],
      { unit: 'short', width: 12 },
    ),
  ],
};
