import { graph, NONE_IS_FINE, percentiles, Section, stat } from './panels';

/** Who is told of events, and whether they get them. */
export const notifications: Section = {
  title: 'Notifications',
  panels: [
    stat(
      'Paused',
      'Subscriptions to which nothing is sent until somebody resumes them, by who has paused them: bridgecore subscriptions list.',
      { expr: 'sum by (by) (max by (subscription, by) (bridgecore_subscription_paused))', legend: '{{by}}' },
      { thresholds: NONE_IS_FINE, width: 8 },
    ),
    stat(
      'Failing',
      'Subscriptions whose receivers have failed several times in a row, and are left alone for a while.',
      { expr: 'sum(max by (subscription) (bridgecore_subscription_open))' },
      { thresholds: NONE_IS_FINE, width: 8 },
    ),
    stat(
      'Dead deliveries',
      'Tried as often as they may be; they wait for a decision: bridgecore deliveries list.',
      { expr: 'sum(max by (subscription) (bridgecore_deliveries_dead))' },
      { thresholds: NONE_IS_FINE, width: 8 },
    ),
    graph(
      'Tries',
      'delivered: the receiver has taken it. refused: it answered something else. dead: given up. The others are told in the runbook.',
      [
        {
          expr: 'sum by (subscription, outcome) (rate(bridgecore_deliveries_total[$__rate_interval])) > 0',
          legend: '{{subscription}} {{outcome}}',
        },
      ],
      { unit: 'ops' },
    ),
    graph(
      'Waiting',
      'Deliveries that are still to be taken by their receivers; of paused subscriptions too.',
      [{ expr: 'max by (subscription) (bridgecore_deliveries_waiting)', legend: '{{subscription}}' }],
      { unit: 'short' },
    ),
    graph(
      'Oldest waiting',
      'How long the oldest delivery has waited: for its turn, or for its next try.',
      [{ expr: 'max by (subscription) (bridgecore_deliveries_oldest_seconds)', legend: '{{subscription}}' }],
      { unit: 's', limit: 900 },
    ),
    graph(
      'From receipt to delivery',
      'How old events were when their receivers had taken them, from when we had them.',
      percentiles('bridgecore_delivery_latency_seconds', '', ['subscription']),
      { unit: 's', width: 12 },
    ),
    graph(
      'Time of a try',
      'How long receivers take to answer.',
      percentiles('bridgecore_delivery_seconds', '', ['subscription']),
      { unit: 's', width: 12 },
    ),
  ],
};
