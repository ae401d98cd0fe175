import { graph, Section } from './panels';

/** Only ours: other programs have figures of the same names. */
const OURS = 'and on (job, instance) bridgecore_build_info';

/** The processes themselves. */
export const processes: Section = {
  title: 'Processes',
  panels: [
    graph(
      'CPU',
      'Processor cores in use. One process can use little more than one.',
      [
        {
          expr: `rate(process_cpu_seconds_total[$__rate_interval]) ${OURS}`,
          legend: '{{service}} {{instance}}',
        },
      ],
      { unit: 'short' },
    ),
    graph(
      'Memory',
      'What the system has given to the process.',
      [{ expr: `process_resident_memory_bytes ${OURS}`, legend: '{{service}} {{instance}}' }],
      { unit: 'bytes' },
    ),
    graph(
      'Event loop',
      'By how much one turn in a hundred of the event loop comes late: everything else waits for as long.',
      [{ expr: `nodejs_eventloop_lag_p99_seconds ${OURS}`, legend: '{{service}} {{instance}}' }],
      { unit: 's', limit: 0.5 },
    ),
    graph(
      'Restarts',
      'How often a process has started within half an hour. A new container is a new process, and no restart.',
      [
        {
          expr: 'sum by (service) (changes(process_start_time_seconds[30m]) and on (job, instance) max_over_time(bridgecore_build_info[30m]))',
          legend: '{{service}}',
        },
      ],
      { unit: 'short' },
    ),
    graph(
      'Versions',
      'How many processes run which version: two while a rollout is under way.',
      [{ expr: 'count by (service, version) (bridgecore_build_info)', legend: '{{service}} {{version}}' }],
      { unit: 'short' },
    ),
    graph(
      'Not ready, stuck or ending',
      'Checks that fail, consumers that take no work, and processes that were told to end.',
      [
        { expr: 'count by (service, check) (bridgecore_check_up == 0)', legend: '{{service}} without {{check}}' },
        { expr: 'count by (service, queue) (bridgecore_queue_stuck == 1)', legend: '{{service}} stuck at {{queue}}' },
        { expr: 'count by (service) (bridgecore_shutting_down == 1)', legend: '{{service}} ending' },
      ],
      { unit: 'short' },
    ),
  ],
};
