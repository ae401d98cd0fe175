import { DeadLetterRow } from '@bridgecore/database';
import { QueueFigures } from '@bridgecore/runtime';
import { RefusedPushes } from '../src/refused-pushes';
import { CheckView, PullView, SystemView } from '../src/systems';
import { Facts, LastPull, OutboxEntry, QueuedEvent, ReceiverView, ToldDelivery, ToldEvent } from '../src/why/story';

/** The time at which every story here is told. */
export const NOW = new Date('2026-11-26T12:00:00Z');

/** So many seconds before that. */
export const before = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1_000);

const NO_JOBS = { waiting: 0, prioritized: 0, delayed: 0, active: 0, failed: 0 };

/** A queue in which the oldest job that is due waits for so long. */
export const queueOf = (queue: string, oldest_seconds: number | null, active = 0): QueueFigures => ({
  ...{ queue, oldest_seconds },
  jobs: { ...NO_JOBS, active, waiting: oldest_seconds === null ? 0 : 1 },
});

const QUIET = ['webhook-events', 'odoo-pull', 'ticks', 'maintenance', 'data-sync'].map((name) => queueOf(name, null));

/** A hub in which all is well and of which the record is unknown, but for what is given. */
export function factsOf(different: Partial<Facts> = {}): Facts {
  return {
    asked: { model: 'sale.order', record_id: 25, system: null, asked_at: NOW },
    ...{ events: [], events_more: false, dead_letters: [], queued: [], queued_all_seen: true, outbox: [] },
    deliveries: [],
    ...{ systems: [systemOf()], model_seen_from: ['odoo'], queues: QUIET, last_pulls: [] },
    gateway: { checks: { redis: 'up', postgres: 'up' }, redis_evicts_by: null, refused_pushes: [] },
    ...different,
  };
}

/** An Odoo that was pulled ten seconds ago and found in order ten minutes ago. */
export function systemOf({ id = 'odoo', pull, check }: SystemParts = {}): SystemView {
  const url = `https://${id}.example.com`;
  const common = { id, url, sync_interval_seconds: 30, dead_letters_open: 0 };
  return { ...common, pull: { ...PULLED, ...pull }, check: check === null ? null : { ...CHECKED, ...check } };
}

export interface SystemParts {
  readonly id?: string;
  readonly pull?: Partial<PullView>;
  readonly check?: Partial<CheckView> | null;
}

const PULLED: PullView = {
  ...{ last_event_id: 9, runs: 9, last_run_at: before(11), succeeded_at: before(10), last_event_at: before(600) },
  ...{ swept_at: before(60), lag_seconds: 10 },
};

/** Runs begin, and none has succeeded for so long. */
export const lagging = (seconds: number): Partial<PullView> => ({
  ...{ succeeded_at: before(seconds), last_event_at: before(seconds), lag_seconds: seconds },
});

export const NEVER: Partial<PullView> = {
  ...{ last_run_at: null, succeeded_at: null, last_event_at: null, lag_seconds: null, runs: 0 },
};

const CHECKED: CheckView = {
  ...{ state: 'ok', checked_at: before(600), changed_at: before(6_000), problems: [], reachable: true },
  ...{ key_accepted: true, addon_version: '2.0.0', clock_skew_seconds: 0, pending_events: 0 },
  ...{ key_expires_at: null, rpc: null, events_held: null, events_recorded: null, events_until: null },
};

export const lastPull = (different: Partial<LastPull> = {}): LastPull => ({
  ...{ system: 'odoo', ended_at: before(5), outcome: 'failed', reason: null },
  ...different,
});

export const eventOf = (different: Partial<ToldEvent> = {}): ToldEvent => ({
  ...{ id: '7', system: 'odoo', model: 'sale.order', record_id: 25, operation: 'write', occurred_at: before(21) },
  ...{
    received_at: before(20),
    priority: 'high',
    category: null,
    user_id: null,
    user_name: null,
    changed_fields: null,
  },
  ...{ data: {}, push_id: null, pull_id: '7', pushed_at: null, pulled_at: before(20), is_test: false },
  ...{ correlation_id: 'request-1', audit: [] },
  ...different,
});

export const queuedOf = (different: Partial<QueuedEvent> = {}): QueuedEvent => ({
  ...{ queue: 'webhook-events', job_id: 'job-1', state: 'waiting', system: 'odoo', attempts: 0, attempts_allowed: 8 },
  ...{
    next_attempt_at: null,
    error: null,
    operation: 'write',
    occurred_at: null,
    received_at: before(3).toISOString(),
  },
  ...{ correlation_id: 'request-1', key_id: 'push' },
  ...different,
});

export const letterOf = (different: Partial<DeadLetterRow> = {}): DeadLetterRow => ({
  ...{ id: '3', system: 'odoo', origin: 'push', origin_id: null, kind: 'event', raw: '', reason: '22P05' },
  ...{ error: 'unsupported Unicode', model: 'sale.order', record_id: 25, correlation_id: 'request-1', key_id: null },
  ...{ attempts: 1, status: 'open', first_failed_at: before(90), last_failed_at: before(90), event_id: null },
  ...{ closed_at: null },
  ...different,
});

export const outboxOf = (different: Partial<OutboxEntry> = {}): OutboxEntry => ({
  ...{ event_id: '7', subscriber: 'shop', attempts: 2, last_error: 'it answered 500', next_attempt_at: before(-60) },
  ...different,
});

/** A subscription to which all is sent at once. */
export const receiverOf = (different: Partial<ReceiverView> = {}): ReceiverView => ({
  ...{ state: 'active', paused_by: null, paused_at: null, pause_reason: null },
  ...{ failures: 0, failing_since: null, open_until: null },
  ...different,
});

/** Written a second ago, and to be sent. */
export const deliveryOf = (different: Partial<ToldDelivery> = {}): ToldDelivery => ({
  ...{ id: '12', message_id: 'msg_0123', subscription: 'shop', event_id: '7', system: 'odoo', model: 'sale.order' },
  ...{ record_id: 25, state: 'waiting', attempts: 0, next_attempt_at: before(1), last_status: null, last_error: null },
  ...{ created_at: before(1), closed_at: null, under_way: false, waits_behind: null, receiver: receiverOf() },
  ...different,
});

/** Given up an hour ago. */
export const deadOf = (different: Partial<ToldDelivery> = {}): ToldDelivery =>
  deliveryOf({
    ...{ state: 'dead', attempts: 12, next_attempt_at: null, closed_at: before(7_300), last_status: 500 },
    ...different,
  });

export const refusedOf = (different: Partial<RefusedPushes> = {}): RefusedPushes => ({
  ...{ code: 'AUTHENTICATION_REQUIRED', key_id: null, system: null, count: 4, last_at: before(120) },
  detail: 'The subscriber in Odoo has no token.',
  ...different,
});

export const refusing = (...refused_pushes: RefusedPushes[]): Pick<Facts, 'gateway'> => ({
  gateway: { ...factsOf().gateway, refused_pushes },
});
