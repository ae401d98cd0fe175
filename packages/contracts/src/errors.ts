/** Every failure we have a name for: `status` answers an HTTP caller, `retry` answers the queue. */
export const FAILURES = {
  AUTHENTICATION_REQUIRED: { status: 401, retry: false },
  FORBIDDEN: { status: 403, retry: false },
  NOT_FOUND: { status: 404, retry: false },
  DEAD_LETTER_CLOSED: { status: 409, retry: false }, // it was replayed or discarded before
  METHOD_NOT_ALLOWED: { status: 405, retry: false },
  RATE_LIMITED: { status: 429, retry: true },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, retry: false },
  BODY_TOO_LARGE: { status: 413, retry: false },
  BODY_INCOMPLETE: { status: 400, retry: false },
  JSON_INVALID: { status: 400, retry: false },
  QUERY_INVALID: { status: 400, retry: false },
  EVENT_INVALID: { status: 422, retry: false },
  REQUEST_INVALID: { status: 422, retry: false },
  ACK_UNKNOWN: { status: 409, retry: false }, // a position that this device was not given
  TOKENS_DISABLED: { status: 409, retry: false }, // there is no key to sign them with
  SECRETS_DISABLED: { status: 409, retry: false }, // there is no key to encrypt or read them with
  SUBSCRIPTION_EXISTS: { status: 409, retry: false }, // another one has the name
  SUBSCRIPTION_DECLARED: { status: 409, retry: false }, // it is the file's, and changed there
  SECRETS_BOUNDED: { status: 409, retry: false }, // a subscription has from one to five
  DELIVERY_CLOSED: { status: 409, retry: false }, // it is not in the state that this asks for
  JOB_UNREADABLE: { status: 500, retry: true }, // a newer producer may have written it: the next release reads it
  JOB_TIMEOUT: { status: 504, retry: true },
  JOB_POSTPONED: { status: 503, retry: true }, // not its turn yet: taken up again without losing an attempt
  QUEUE_UNAVAILABLE: { status: 503, retry: true },
  QUEUE_FULL: { status: 503, retry: true },
  CONSUMERS_BUSY: { status: 503, retry: true }, // more readers at once than get their turn in time
  DATABASE_UNAVAILABLE: { status: 503, retry: true },
  CONFIG_INVALID: { status: 500, retry: false },
  FENCE_LOST: { status: 409, retry: false }, // another run pulls this system now; that run does the work
  ODOO_UNAVAILABLE: { status: 502, retry: true },
  ODOO_REFUSED: { status: 502, retry: false },
  SYNC_IMPOSSIBLE: { status: 422, retry: false }, // as it is set up or asked for
} as const;

export type FailureCode = keyof typeof FAILURES;

/** What is wrong with one field of an input: its path, as the sender spelled it, and what is allowed. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** How a failure is told: what caused it, and which fields of the input are to blame. */
export interface FailureOptions extends ErrorOptions {
  readonly errors?: readonly FieldError[];
  /** When it is worth trying again; the caller is told by `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/** A failure with a name; what has none is a bug and is not wrapped. */
export class BridgeError extends Error {
  override readonly name = 'BridgeError';
  readonly status: number;
  readonly retry: boolean;
  readonly errors: readonly FieldError[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    readonly code: FailureCode,
    message: string,
    options: FailureOptions = {},
  ) {
    super(message, options);
    ({ status: this.status, retry: this.retry } = FAILURES[code]);
    this.errors = options.errors ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
