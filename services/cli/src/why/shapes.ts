import { AuditView, DeadLetterView, EventView, SystemView } from '../api/shapes';

/** The answer of `GET /api/v1/why`. */
export interface WhyView {
  readonly model: string;
  readonly record_id: number;
  readonly system: string | null;
  readonly asked_at: string;
  readonly verdict: { readonly code: string; readonly text: string };
  readonly events: readonly (EventView & { readonly audit: readonly AuditView[] })[] | null;
  readonly events_more: boolean;
  readonly dead_letters: readonly DeadLetterView[] | null;
  readonly queued: readonly QueuedView[] | null;
  readonly queued_all_seen: boolean;
  readonly outbox: readonly OutboxView[] | null;
  /** A gateway of before there were notifications does not say. */
  readonly deliveries?: readonly DeliveryView[] | null;
  readonly systems: readonly SystemView[] | null;
  readonly gateway: { readonly checks: Readonly<Record<string, string>> };
  readonly findings: readonly Finding[];
}

/** An event in a job. */
export interface QueuedView {
  readonly queue: string;
  readonly job_id: string;
  readonly state: string;
  readonly attempts: number;
  readonly attempts_allowed: number;
  readonly next_attempt_at: string | null;
  readonly error: string | null;
  readonly operation: string | null;
  readonly received_at: string | null;
  readonly correlation_id: string;
}

/** What must still follow an event, before anybody is told of it. */
export interface OutboxView {
  readonly event_id: string;
  readonly subscriber: string;
  readonly attempts: number;
  readonly last_error: string | null;
  readonly next_attempt_at: string | null;
}

/** An event on its way to a subscription. */
export interface DeliveryView {
  readonly id: string;
  readonly subscription: string;
  readonly event_id: string | null;
  readonly state: string;
  readonly attempts: number;
  readonly next_attempt_at: string | null;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly closed_at: string | null;
  readonly under_way: boolean;
}

/** Something that may be the reason. */
export interface Finding {
  readonly severity: 'error' | 'warning' | 'info';
  readonly code: string;
  readonly system: string | null;
  readonly text: string;
  readonly hint: string | null;
}
