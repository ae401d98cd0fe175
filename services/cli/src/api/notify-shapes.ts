import { JsonRecord } from '@bridgecore/contracts';

/** What is sent where, and how it stands; never with its secrets. */
export interface SubscriptionView {
  readonly name: string;
  readonly origin: string;
  readonly url: string;
  readonly filter: FilterView;
  readonly body: string;
  readonly ordered: boolean;
  readonly rate_per_minute: number | null;
  readonly state: string;
  readonly paused_by: string | null;
  readonly paused_at: string | null;
  readonly pause_reason: string | null;
  /** Tries that failed since the last one that did not. */
  readonly failures: number;
  readonly failing_since: string | null;
  /** The breaker: nothing is sent until then. */
  readonly open_until: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly secrets: readonly SecretView[];
  readonly deliveries: { readonly waiting: number; readonly dead: number };
  /** Only in the answer to the call that has made it. */
  readonly secret?: string;
}

export interface FilterView {
  readonly systems?: readonly string[];
  readonly models?: readonly string[];
  readonly operations?: readonly string[];
  readonly priorities?: readonly string[];
  readonly condition?: JsonRecord;
  readonly tests?: boolean;
}

/** A secret without what is secret. */
export interface SecretView {
  readonly id: string;
  readonly key_id: string;
  readonly created_at: string;
  readonly expires_at: string | null;
}

/** An event on its way to a subscription's receiver; a test has none. */
export interface DeliveryView {
  readonly id: string;
  /** The `webhook-id` that the receiver sees. */
  readonly message_id: string;
  readonly subscription: string;
  readonly event_id: string | null;
  readonly system: string | null;
  readonly model: string | null;
  readonly record_id: number | null;
  readonly state: string;
  readonly attempts: number;
  readonly next_attempt_at: string | null;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly created_at: string;
  readonly closed_at: string | null;
}

/** One try of a delivery. */
export interface AttemptView {
  readonly at: string;
  readonly duration_ms: number;
  readonly status: number | null;
  readonly outcome: string;
  readonly error: string | null;
  /** The beginning of what the receiver has answered: anybody's text. */
  readonly answer: string | null;
  readonly worker: string;
}

/** A delivery with its newest tries, oldest first. */
export type ToldDelivery = DeliveryView & { readonly attempt_log: readonly AttemptView[] };
