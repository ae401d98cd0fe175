import { graph, percentiles, Section } from './panels';

const SYSTEM = 'system=~"$system"';

/** How Odoos are read, and how they answer. */
export const pulls: Section = {
  title: 'Pulls and Odoos',
  panels: [
    graph(
      'Lag',
      'How long ago a page or a run of pulls last succeeded.',
      [{ expr: `max by (system) (bridgecore_pull_lag_seconds{${SYSTEM}})`, legend: '{{system}}' }],
      { unit: 's', limit: 600 },
    ),
    graph(
      'Runs',
      'How runs have ended. skipped: another worker pulls, Odoo asked to be left alone, or the breaker is open.',
      [
        {
          expr: `sum by (system, outcome) (rate(bridgecore_pull_runs_total{${SYSTEM}}[$__rate_interval])) > 0`,
          legend: '{{system}} {{outcome}}',
        },
      ],
      { unit: 'ops' },
    ),
    graph(
      'Rows pulled',
      'Rows of pages, those of sweeps too.',
      [
        {
          expr: `sum by (system) (rate(bridgecore_pull_rows_total{${SYSTEM}}[$__rate_interval]))`,
          legend: '{{system}}',
        },
      ],
      { unit: 'ops' },
    ),
    graph(
      'Pages',
      'Pages pulled and settled.',
      [
        {
          expr: `sum by (system) (rate(bridgecore_pull_pages_total{${SYSTEM}}[$__rate_interval]))`,
          legend: '{{system}}',
        },
      ],
      { unit: 'ops' },
    ),
    graph(
      'Page size',
      'Rows asked for in a page. It is halved when Odoo is too slow, and grows back.',
      [{ expr: `min by (system) (bridgecore_pull_page_size{${SYSTEM}})`, legend: '{{system}}' }],
      { unit: 'short' },
    ),
    graph(
      'Pending at Odoo, and not acknowledged',
      'pending: what Odoo holds unacknowledged, in the last connection check. refused: rows that it did not take for processed in the last run.',
      [
        { expr: `max by (system) (bridgecore_system_pending_events{${SYSTEM}})`, legend: '{{system}} pending' },
        { expr: `max by (system) (bridgecore_pull_unacknowledged{${SYSTEM}})`, legend: '{{system}} refused' },
      ],
      { unit: 'short' },
    ),
    graph(
      'Found by the sweep only',
      'Events whose ids were drawn before and committed after the pull had passed them. Normal, and the reason for the sweep.',
      [
        {
          expr: `sum by (system) (increase(bridgecore_sweep_finds_total{${SYSTEM}}[$__rate_interval]))`,
          legend: '{{system}}',
        },
      ],
      { unit: 'short' },
    ),
    graph(
      'Open breakers',
      'How many workers take the Odoo for away, and do not ask it but now and then.',
      [{ expr: `sum by (system) (bridgecore_odoo_breaker_open{${SYSTEM}})`, legend: '{{system}}' }],
      { unit: 'short' },
    ),
    graph(
      'Failed calls',
      'By what they failed by.',
      [
        {
          expr: `sum by (system, trouble) (rate(bridgecore_odoo_failures_total{${SYSTEM}}[$__rate_interval]))`,
          legend: '{{system}} {{trouble}}',
        },
      ],
      { unit: 'ops' },
    ),
    graph(
      'Time of a call',
      'How long Odoo takes to serve a page, and to take an acknowledgement.',
      percentiles('bridgecore_odoo_call_seconds', SYSTEM, ['system', 'call']),
      { unit: 's' },
    ),
    graph(
      'Clock skew',
      "How far each Odoo's clock, or its proxy's, and ours differ.",
      [{ expr: `max by (system) (abs(bridgecore_system_clock_skew_seconds{${SYSTEM}}))`, legend: '{{system}}' }],
      { unit: 's', limit: 30 },
    ),
    graph(
      'Age of the connection check',
      'Completeness, clock and key are as old as this.',
      [{ expr: `max by (system) (bridgecore_system_checked_seconds{${SYSTEM}})`, legend: '{{system}}' }],
      { unit: 's', limit: 5_400 },
    ),
  ],
};
