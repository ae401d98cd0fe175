import { SystemFindings, SystemState } from '@bridgecore/contracts';
import { QueueFigures } from '@bridgecore/runtime';

/** An event, as every route of the gateway shows it. */
export interface EventView {
  readonly id: string;
  readonly system: string;
  readonly model: string;
  readonly record_id: number;
  readonly operation: string;
  readonly occurred_at: string;
  readonly received_at: string;
  readonly priority: string;
  readonly user_name: string | null;
  readonly changed_fields: readonly string[] | null;
  readonly data: Readonly<Record<string, unknown>>;
  readonly push_id: string | null;
  readonly pull_id: string | null;
  readonly pushed_at: string | null;
  readonly pulled_at: string | null;
  readonly is_test: boolean;
  readonly correlation_id: string;
}

/** A row of the audit. */
export interface AuditView {
  readonly id: string;
  readonly at: string;
  readonly service: string;
  readonly worker: string;
  readonly key_id: string | null;
  readonly action: string;
  readonly outcome: string;
  readonly system: string | null;
  readonly model: string | null;
  readonly record_id: number | null;
  readonly event_id: string | null;
  readonly correlation_id: string | null;
  readonly error: string | null;
  readonly detail: Readonly<Record<string, unknown>> | null;
}

/** A dead letter; its body only when one is asked for. */
export interface DeadLetterView {
  readonly id: string;
  readonly system: string;
  readonly origin: string;
  readonly origin_id: string | null;
  readonly kind: string;
  readonly raw?: string;
  readonly reason: string;
  readonly error: string;
  readonly model: string | null;
  readonly record_id: number | null;
  readonly correlation_id: string;
  readonly key_id: string | null;
  readonly attempts: number;
  readonly status: string;
  readonly first_failed_at: string;
  readonly last_failed_at: string;
  readonly event_id: string | null;
  readonly closed_at: string | null;
}

/** A declared Odoo, how far it is pulled, and how the last check found it. */
export interface SystemView {
  readonly id: string;
  readonly url: string;
  readonly sync_interval_seconds: number;
  readonly pull: {
    readonly last_event_id: number;
    readonly last_run_at: string | null;
    readonly succeeded_at: string | null;
    readonly last_event_at: string | null;
    readonly swept_at: string | null;
    readonly runs: number;
    readonly lag_seconds: number | null;
  };
  readonly dead_letters_open: number;
  readonly check:
    (SystemFindings & { readonly state: SystemState; readonly checked_at: string; readonly changed_at: string }) | null;
}

/** What waits in the queues. */
export interface QueuesView {
  readonly queues: readonly QueueFigures[];
}

/** A job as its queue knows it. */
export interface JobView {
  readonly queue: string;
  readonly job_id: string;
  readonly state: string;
  readonly attempts: number;
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly error: string | null;
  readonly asked_at: string | null;
  readonly started_at: string | null;
  readonly ended_at: string | null;
}

/** A data sync. */
export interface SyncView {
  readonly job_id: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly source_system_id: string;
  readonly target_system_id: string;
  readonly model: string;
  readonly dry_run?: boolean;
  readonly progress: { readonly direction: string; readonly done: number; readonly total: number } | null;
  readonly result?: (SyncResult & { readonly reverse?: SyncResult }) | null;
  readonly error: string | null;
  readonly requested_at?: string;
  readonly ended_at?: string | null;
}

export interface SyncResult {
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly failed: number;
  readonly total: number;
  readonly conflicts: number;
  readonly errors: readonly SyncError[];
}

export interface SyncError {
  readonly model: string;
  readonly record_id: number;
  readonly code: string | null;
  readonly message: string | null;
}
