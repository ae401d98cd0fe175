import { alertList, NONE_IS_FINE, ONE_IS_FINE, Section, stat } from './panels';

const YES_NO = { '1': 'up', '0': 'down' };

/** What is looked at first: green means that nobody has to do anything. */
export const overview: Section = {
  title: 'Is everything all right?',
  panels: [
    stat(
      'Alerts that fire',
      'Each has an entry of its name in deploy/RUNBOOK.md.',
      { expr: 'count(ALERTS{alertname=~"BridgeCore.+", alertstate="firing"}) or vector(0)' },
      { thresholds: NONE_IS_FINE },
    ),
    stat(
      'Complete',
      'Of the events of the last day that Odoo holds, the part that is recorded here or a dead letter; from the last connection check.',
      { expr: 'min by (system) (bridgecore_completeness_ratio{system=~"$system"})', legend: '{{system}}' },
      { unit: 'percentunit', decimals: 1, thresholds: ONE_IS_FINE },
    ),
    stat(
      'Oldest waiting push',
      'How long the oldest pushed event that nobody works on has been due.',
      { expr: 'max(bridgecore_queue_oldest_seconds{queue="webhook-events"})' },
      { unit: 's', thresholds: ['green', [30, 'orange'], [120, 'red']] },
    ),
    stat(
      'Pull lag',
      'How long ago a page or a run of pulls last succeeded.',
      { expr: 'max by (system) (bridgecore_pull_lag_seconds{system=~"$system"})', legend: '{{system}}' },
      { unit: 's', thresholds: ['green', [300, 'orange'], [600, 'red']] },
    ),
    stat(
      'Dead letters open',
      'Events that could not be recorded and wait for a decision: bridgecore dead-letters list.',
      { expr: 'sum(max by (system) (bridgecore_dead_letters_open{system=~"$system"}))' },
      { thresholds: NONE_IS_FINE },
    ),
    stat(
      'Pushes refused',
      'The part of the pushes of the last five minutes that got a 5xx.',
      {
        expr: `(sum(rate(bridgecore_http_requests_total{route="/api/v1/webhooks/receive", status=~"5.."}[5m])) or vector(0))
  / (sum(rate(bridgecore_http_requests_total{route="/api/v1/webhooks/receive"}[5m])) > 0) or vector(0)`,
      },
      { unit: 'percentunit', decimals: 1, thresholds: ['green', [0.001, 'orange'], [0.05, 'red']] },
    ),
    stat(
      'Odoos',
      'Whether each Odoo and its addon answered the last connection check.',
      { expr: 'min by (system) (bridgecore_system_up{system=~"$system"})', legend: '{{system}}' },
      { thresholds: ONE_IS_FINE, words: YES_NO, width: 8 },
    ),
    stat(
      'Stores',
      'Whether any service can use Redis and PostgreSQL, and whether the schema is migrated for all workers.',
      {
        expr: 'max by (check) (bridgecore_check_up{check!="schema"}) or min by (check) (bridgecore_check_up{check="schema"})',
        legend: '{{check}}',
      },
      { thresholds: ONE_IS_FINE, words: YES_NO, width: 8 },
    ),
    stat(
      'Instances',
      'How many processes of each service answer.',
      { expr: 'count by (service) (bridgecore_build_info)', legend: '{{service}}' },
      { thresholds: ONE_IS_FINE, width: 8 },
    ),
    alertList(
      'What fires or is about to',
      'The alerts of deploy/prometheus/rules/bridgecore.yml; each names its entry in the runbook.',
    ),
  ],
};
