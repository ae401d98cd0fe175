/** One of the services. */
export type ServiceName = 'gateway' | 'scheduler' | 'worker';

/** A metric that services emit: every series has `service` and these labels, a histogram `le` beside them. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly services: readonly ServiceName[];
  readonly labels: readonly string[];
}

const ALL = ['gateway', 'scheduler', 'worker'] as const;

const define =
  (type: MetricDefinition['type'], services: readonly ServiceName[]) =>
  (name: string, ...labels: string[]): MetricDefinition => ({ name: `bridgecore_${name}`, type, services, labels });

const everywhere = define('gauge', ALL);
const gateway = define('gauge', ['gateway']);
const scheduler = define('gauge', ['scheduler']);
const worker = define('gauge', ['worker']);
const counted = define('counter', ['worker']);
const timed = define('histogram', ['worker']);

/**
 * Every metric of ours, which alerts, dashboards and scaling may rest on: nothing else that is called `bridgecore_…` is
 * emitted, and all of these are (`metrics.test.ts` looks at running services).
 */
export const METRICS: readonly MetricDefinition[] = [
  everywhere('build_info', 'version'),
  everywhere('check_up', 'check'),
  everywhere('redis_evicts'),
  everywhere('redis_durable'),
  everywhere('shutting_down'),
  define('gauge', ['scheduler', 'worker'])('queue_stuck', 'queue'),

  define('counter', ['gateway'])('http_requests_total', 'method', 'route', 'status', 'outcome', 'key'),
  define('histogram', ['gateway'])('http_request_seconds', 'route', 'key'),
  define('counter', ['gateway'])('sync_pulls_total', 'app_type', 'outcome'),
  define('counter', ['gateway'])('sync_events_total', 'app_type'),
  gateway('backlog_refusing'),
  gateway('redis_memory_bytes'),
  gateway('redis_memory_max_bytes'),

  scheduler('queue_depth', 'queue', 'state'),
  scheduler('queue_oldest_seconds', 'queue'),
  scheduler('schedule_late_seconds', 'schedule'),
  define('counter', ['scheduler'])('ticks_total', 'kind'),

  counted('jobs_total', 'queue', 'outcome'),
  counted('job_failures_total', 'queue', 'retry'),
  timed('job_seconds', 'queue'),
  counted('events_total', 'system', 'origin', 'outcome'),
  timed('event_latency_seconds', 'system', 'origin', 'from'),
  counted('origin_ids_reused_total', 'system'),
  counted('dead_letters_total', 'system', 'reason'),
  worker('dead_letters_open', 'system'),

  counted('pull_runs_total', 'system', 'outcome'),
  counted('pull_pages_total', 'system'),
  counted('pull_rows_total', 'system'),
  worker('pull_page_size', 'system'),
  worker('pull_unacknowledged', 'system'),
  worker('pull_lag_seconds', 'system'),
  counted('sweep_finds_total', 'system'),
  worker('odoo_breaker_open', 'system'),
  counted('odoo_failures_total', 'system', 'trouble'),
  timed('odoo_call_seconds', 'system', 'call'),

  worker('system_up', 'system'),
  worker('system_key_accepted', 'system'),
  worker('system_clock_skew_seconds', 'system'),
  worker('system_pending_events', 'system'),
  worker('system_checked_seconds', 'system'),
  worker('system_key_expires_seconds', 'system'),
  worker('system_events_held', 'system'),
  worker('system_events_recorded', 'system'),
  worker('completeness_ratio', 'system'),

  worker('outbox_waiting', 'subscriber'),
  worker('outbox_oldest_seconds', 'subscriber'),
  counted('outbox_handed_on_total', 'subscriber', 'outcome'),

  counted('deliveries_total', 'subscription', 'outcome'),
  timed('delivery_seconds', 'subscription'),
  timed('delivery_latency_seconds', 'subscription'),
  worker('deliveries_waiting', 'subscription'),
  worker('deliveries_oldest_seconds', 'subscription'),
  worker('deliveries_dead', 'subscription'),
  worker('subscription_paused', 'subscription', 'by'),
  worker('subscription_open', 'subscription'),

  counted('cleaned_up_total', 'kind'),
  counted('sync_records_total', 'source', 'target', 'outcome'),
];
