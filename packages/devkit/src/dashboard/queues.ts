import { graph, percentiles, Section } from './panels';

/** What waits in Redis, and how it is worked off. */
export const queues: Section = {
  title: 'Queues',
  panels: [
    graph(
      'Waiting jobs',
      'Jobs that could be taken now, and those that wait for their time.',
      [
        {
          expr: 'sum by (queue) (max by (queue, state) (bridgecore_queue_depth{state=~"waiting|prioritized|delayed"}))',
          legend: '{{queue}}',
        },
      ],
      { unit: 'short' },
    ),
    graph(
      'Oldest waiting job',
      'How long the oldest job that nobody works on has been due. A data sync waits for others of the same Odoos.',
      [{ expr: 'max by (queue) (bridgecore_queue_oldest_seconds)', legend: '{{queue}}' }],
      { unit: 's', limit: 120 },
    ),
    graph(
      'Failed jobs',
      'Of webhook-events they become dead letters within seconds; of the other queues the last ones are kept to look at.',
      [{ expr: 'max by (queue) (bridgecore_queue_depth{state="failed"})', legend: '{{queue}}' }],
      { unit: 'short' },
    ),
    graph(
      'Attempts',
      'How attempts at jobs have ended. postponed: PostgreSQL was away, or it was not their turn. moved: became dead letters.',
      [
        {
          expr: 'sum by (queue, outcome) (rate(bridgecore_jobs_total[$__rate_interval])) > 0',
          legend: '{{queue}} {{outcome}}',
        },
      ],
      { unit: 'ops' },
    ),
    graph(
      'Attempts that failed',
      'retry true: tried again. false: given up.',
      [
        {
          expr: 'sum by (queue, retry) (rate(bridgecore_job_failures_total[$__rate_interval])) > 0',
          legend: '{{queue}} retry={{retry}}',
        },
      ],
      { unit: 'ops' },
    ),
    graph(
      'Time of an attempt',
      'Of all attempts that have ended.',
      percentiles('bridgecore_job_seconds', '', ['queue']),
      { unit: 's' },
    ),
    graph(
      'Ticks',
      'What the schedules have asked for.',
      [{ expr: 'sum by (kind) (rate(bridgecore_ticks_total[$__rate_interval]))', legend: '{{kind}}' }],
      { unit: 'ops', width: 12 },
    ),
    graph(
      'Late schedules',
      'How long the next tick of a schedule has been due.',
      [{ expr: 'max by (schedule) (bridgecore_schedule_late_seconds)', legend: '{{schedule}}' }],
      { unit: 's', limit: 120, width: 12 },
    ),
  ],
};
