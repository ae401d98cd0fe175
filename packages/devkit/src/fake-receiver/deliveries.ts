/** A delivery whose signature verified, as it came. */
export interface Received {
  /** `webhook-id`: the same in every try. */
  readonly id: string;
  /** `webhook-timestamp`, in seconds: of this try. */
  readonly timestamp: number;
  /** When it arrived, by `performance.now()` of its process. */
  readonly arrivedAt: number;
  /** The header as it came: one signature per secret. */
  readonly signature: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body. */
  readonly body: DeliveredBody;
}

/** What Standard Webhooks recommends for a body. */
export interface DeliveredBody {
  readonly type: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Numbers for people and for other processes. */
export interface ReceiverCounts {
  /** Requests of any kind, also those that were no deliveries. */
  readonly requests: number;
  /** Deliveries whose signature verified, repeats included. */
  readonly received: number;
  /** Those that were answered with success. */
  readonly accepted: number;
  /** Accepted ones that had been accepted before, by their `webhook-id`. */
  readonly duplicates: number;
  /** Requests that no secret verifies; they are answered 401. */
  readonly unverified: number;
  /** Requests that have no answer yet. */
  readonly open: number;
}

/** What a receiver has been sent, in the order of arrival. */
export class Deliveries {
  readonly received: Received[] = [];
  /** Repeats too, in the order in which they were accepted. */
  readonly accepted: Received[] = [];
  /** Without repeats: what a consumer that looks at `webhook-id` works on. */
  readonly distinct: Received[] = [];
  /** Why each request that did not verify was refused. */
  readonly unverified: string[] = [];
  requests = 0;
  open = 0;
  private readonly known = new Set<string>();

  accept(delivery: Received): void {
    this.accepted.push(delivery);
    if (!this.known.has(delivery.id)) this.distinct.push(delivery);
    this.known.add(delivery.id);
  }

  get counts(): ReceiverCounts {
    const { requests, open, received, accepted, unverified, known } = this;
    return {
      ...{ requests, received: received.length, accepted: accepted.length, duplicates: accepted.length - known.size },
      ...{ unverified: unverified.length, open },
    };
  }
}
