import { AuditLogRow, DeadLetterRow, WebhookEventRow } from '@bridgecore/database';
import { QueueFigures } from '@bridgecore/runtime';
import { DeliveryView } from '../deliveries/deliveries';
import { RefusedPushes } from '../refused-pushes';
import { SystemView } from '../systems';

/** What is asked about: a record of one system, or of any. */
export interface Asked {
  readonly model: string;
  readonly record_id: number;
  readonly system: string | null;
  readonly asked_at: Date;
}

/** An event with what was done about it. */
export type ToldEvent = WebhookEventRow & { readonly audit: readonly AuditLogRow[] };

/** An event of the record that no worker has recorded yet: which job it travels in, and how that stands. */
export interface QueuedEvent {
  readonly queue: string;
  readonly job_id: string;
  readonly state: 'waiting' | 'prioritized' | 'delayed' | 'active' | 'failed';
  readonly system: string;
  /** How often the job was tried so far. */
  readonly attempts: number;
  readonly attempts_allowed: number;
  readonly next_attempt_at: Date | null;
  /** Why the last attempt failed. */
  readonly error: string | null;
  /** Null for an item that was refused: it is on its way to the dead letters. */
  readonly operation: string | null;
  readonly occurred_at: string | null;
  readonly received_at: string;
  readonly correlation_id: string;
  readonly key_id: string | null;
}

/** Something that must still follow one of the events, before anybody is told of it. */
export interface OutboxEntry {
  readonly event_id: string;
  readonly subscriber: string;
  readonly attempts: number;
  readonly last_error: string | null;
  readonly next_attempt_at: Date;
}

/** How a subscription stands: whether anything is sent to it now. */
export interface ReceiverView {
  readonly state: 'active' | 'paused';
  /** `failures`: by itself, since it failed for too long; `gone`: its receiver has answered 410. */
  readonly paused_by: 'operator' | 'failures' | 'gone' | null;
  readonly paused_at: Date | null;
  readonly pause_reason: string | null;
  /** Tries that failed since the last one that did not, and since when. */
  readonly failures: number;
  readonly failing_since: Date | null;
  /** Nothing is sent until then; may be over. */
  readonly open_until: Date | null;
}

/** One of the events on its way to a subscription, and how that stands. */
export interface ToldDelivery extends DeliveryView {
  /** A worker is sending it just now. */
  readonly under_way: boolean;
  /** The delivery of an earlier event of the record that goes first; null when none does. */
  readonly waits_behind: string | null;
  readonly receiver: ReceiverView;
}

/** How the newest run of a system that the queue remembers has ended. */
export interface LastPull {
  readonly system: string;
  readonly ended_at: Date;
  readonly outcome: 'done' | 'skipped' | 'stopped' | 'failed';
  /** Why it did not come to its end. */
  readonly reason: string | null;
}

/** What the gateway knows of itself and of its stores. */
export interface GatewayView {
  readonly checks: Readonly<Record<string, string>>;
  /** The policy by which Redis may throw jobs away; null when it may not. */
  readonly redis_evicts_by: string | null;
  /** Since this gateway started; other gateways remember their own. */
  readonly refused_pushes: readonly RefusedPushes[];
}

/** All that was found; null is what could not be looked at. */
export interface Facts {
  readonly asked: Asked;
  readonly events: readonly ToldEvent[] | null;
  /** There are older ones than those. */
  readonly events_more: boolean;
  readonly dead_letters: readonly DeadLetterRow[] | null;
  readonly queued: readonly QueuedEvent[] | null;
  /** False when the queue holds more jobs than were looked at. */
  readonly queued_all_seen: boolean;
  readonly outbox: readonly OutboxEntry[] | null;
  /** Of the events that are told. */
  readonly deliveries: readonly ToldDelivery[] | null;
  readonly systems: readonly SystemView[] | null;
  /** The systems from which the model was ever recorded. */
  readonly model_seen_from: readonly string[] | null;
  readonly queues: readonly QueueFigures[] | null;
  readonly last_pulls: readonly LastPull[] | null;
  readonly gateway: GatewayView;
}

/** How much it matters: an `error` keeps events from arriving, a `warning` may. */
export type Severity = 'error' | 'warning' | 'info';

/** Something that may be the reason, in plain words, with what to do about it. */
export interface Finding {
  readonly severity: Severity;
  readonly code: string;
  readonly system: string | null;
  readonly text: string;
  readonly hint: string | null;
}

/** How it stands, in one sentence. */
export interface Verdict {
  readonly code: VerdictCode;
  readonly text: string;
}

export type VerdictCode =
  | 'RECORDED'
  | 'RECORDED_NOT_DELIVERED'
  | 'QUEUED'
  | 'RETRYING'
  | 'FAILED_JOB'
  | 'DEAD_LETTER'
  | 'NOT_ARRIVED'
  | 'UNKNOWN';
