import { graph, percentiles, Section } from './panels';

const CONSUMERS = 'route=~"/api/v1/(feed|sync/.+)"';

/** What other applications, and the devices of their users, read. */
export const consumers: Section = {
  title: 'Consumers',
  panels: [
    graph(
      'Feed and sync: by outcome',
      'CONSUMERS_BUSY: did not get its turn within CONSUMER_WAIT_MS, and was told when to come again. DATABASE_UNAVAILABLE: PostgreSQL is away.',
      [
        {
          expr: `sum by (outcome) (rate(bridgecore_http_requests_total{${CONSUMERS}}[$__rate_interval]))`,
          legend: '{{outcome}}',
        },
      ],
      { unit: 'reqps', isStacked: true },
    ),
    graph(
      'Feed and sync: refused as busy',
      'The part of their calls that did not get its turn. Start more gateways when it stays above the line.',
      [
        {
          expr: `(sum(rate(bridgecore_http_requests_total{outcome="CONSUMERS_BUSY"}[$__rate_interval])) or vector(0))
  / (sum(rate(bridgecore_http_requests_total{${CONSUMERS}}[$__rate_interval])) > 0) or vector(0)`,
          legend: 'CONSUMERS_BUSY',
        },
      ],
      { unit: 'percentunit', limit: 0.05 },
    ),
    graph(
      'Feed and sync: time to the answer',
      'With the time that a consumer waits for its turn.',
      percentiles('bridgecore_http_request_seconds', CONSUMERS),
      { unit: 's' },
    ),
    graph(
      'Pulls of devices',
      'events, or empty: there is nothing new. refused: an acknowledgement of what was not given. failed: busy, or PostgreSQL away.',
      [
        {
          expr: 'sum by (app_type, outcome) (rate(bridgecore_sync_pulls_total[$__rate_interval]))',
          legend: '{{app_type}} {{outcome}}',
        },
      ],
      { unit: 'reqps', width: 12 },
    ),
    graph(
      'Events given to devices',
      'By app type, those given again included.',
      [{ expr: 'sum by (app_type) (rate(bridgecore_sync_events_total[$__rate_interval]))', legend: '{{app_type}}' }],
      { unit: 'ops', width: 12 },
    ),
  ],
};
