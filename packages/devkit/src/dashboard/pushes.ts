import { graph, percentiles, Section } from './panels';

const PUSHES = 'route="/api/v1/webhooks/receive"';

/** What Odoo and others send to the gateway. */
export const pushes: Section = {
  title: 'Pushes',
  panels: [
    graph(
      'By outcome',
      'done: in Redis, and will be recorded. Everything else is the code of the problem that was answered, or aborted by the sender.',
      [
        {
          expr: `sum by (outcome) (rate(bridgecore_http_requests_total{${PUSHES}}[$__rate_interval]))`,
          legend: '{{outcome}}',
        },
      ],
      { unit: 'reqps', isStacked: true },
    ),
    graph(
      'By key',
      'Who pushes how much; without a name are those whose key is not known.',
      [{ expr: `sum by (key) (rate(bridgecore_http_requests_total{${PUSHES}}[$__rate_interval]))`, legend: '{{key}}' }],
      { unit: 'reqps', isStacked: true },
    ),
    graph(
      'Time to the answer',
      'Odoo pushes inside the click of its user, who waits for it. An answer comes within WEBHOOK_DEADLINE_MS, if need be as 503.',
      percentiles('bridgecore_http_request_seconds', PUSHES),
      { unit: 's', limit: 1 },
    ),
    graph(
      'Other requests',
      'What operators and consumers ask for, by route; (none) is what there is not.',
      [
        {
          expr: 'sum by (route) (rate(bridgecore_http_requests_total{route!~"/api/v1/webhooks/receive|/health/.*|/metrics"}[$__rate_interval]))',
          legend: '{{route}}',
        },
      ],
      { unit: 'reqps', width: 12 },
    ),
    graph(
      "Redis' memory",
      'Pushes are refused from 80 % of its maxmemory on (WEBHOOK_MAX_REDIS_MEMORY_PERCENT), and while too many jobs wait.',
      [
        { expr: 'max(bridgecore_redis_memory_bytes)', legend: 'used' },
        { expr: 'max(bridgecore_redis_memory_max_bytes > 0)', legend: 'maxmemory' },
      ],
      { unit: 'bytes', width: 12 },
    ),
  ],
};
