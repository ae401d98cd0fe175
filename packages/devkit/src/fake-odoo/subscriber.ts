/** How a subscriber wants to be addressed (`push-auth-headers`); without a token the addon sends the literal `False`. */
export type Auth =
  | { readonly type: 'bearer' | 'basic'; readonly token?: string }
  | { readonly type: 'api_key'; readonly key?: string; readonly header?: string }
  | { readonly type: 'none' };

/** A `webhook.subscriber`: where the addon pushes to. */
export interface Subscriber {
  readonly url: string;
  /** The addon's default is bearer without a token. */
  readonly auth?: Auth;
  readonly name?: string;
  /** Sent by scheduled pushes and tests only. */
  readonly customHeaders?: Readonly<Record<string, string>>;
  /** For scheduled pushes and tests; an instant push waits 30 s whatever this says. */
  readonly timeoutMs?: number;
  /** False: scheduled pushes to it fail without a request. */
  readonly enabled?: boolean;
}

/** The credentials of an instant push, or why it cannot be sent. */
export type InstantHeaders = { readonly headers: Record<string, string> } | { readonly error: string };

/** The headers of an instant push, or the message of Python's requests, which refuses a key that is not set. */
export function instantHeaders({ auth = { type: 'bearer' } }: Subscriber): InstantHeaders {
  if (auth.type === 'none') return { headers: {} };
  if (auth.type !== 'api_key') return { headers: { Authorization: `${scheme(auth.type)} ${auth.token ?? 'False'}` } };
  const header = auth.header ?? 'X-API-Key';
  if (auth.key !== undefined) return { headers: { [header]: auth.key } };
  return { error: `Header part (False) from {'${header}': False} must be of type str or bytes, not <class 'bool'>` };
}

/** The headers of scheduled pushes and tests: what is not set is left out, custom ones are added. */
export function scheduledHeaders({ auth = { type: 'bearer' }, customHeaders }: Subscriber): Record<string, string> {
  return { ...credentials(auth), ...customHeaders };
}

function credentials(auth: Auth): Record<string, string> {
  if (auth.type === 'none') return {};
  if (auth.type === 'api_key') return auth.key === undefined ? {} : { [auth.header ?? 'X-API-Key']: auth.key };
  return auth.token === undefined ? {} : { Authorization: `${scheme(auth.type)} ${auth.token}` };
}

function scheme(type: 'bearer' | 'basic'): string {
  return type === 'bearer' ? 'Bearer' : 'Basic';
}
