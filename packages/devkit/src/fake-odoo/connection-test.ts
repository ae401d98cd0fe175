import { understood } from './bookkeeping';
import { connectionTestBody } from './envelopes';
import type { Outcome } from './exchange';
import type { Json, JsonObject } from './json-write';
import type { Pusher } from './pusher';
import { repr, typeName } from './python';
import type { Subscriber } from './subscriber';

/** What the button of a subscriber shows (`test-connection-reply-matrix`). */
export interface ConnectionTest {
  readonly status: 'success' | 'error';
  readonly message: string;
  readonly response_code?: number;
}

/** HEAD without credentials, whose result is ignored, then POST with them. */
export async function testConnection(
  pusher: Pusher,
  subscriber: Subscriber,
  timestamp: string,
): Promise<ConnectionTest> {
  await pusher.head(subscriber);
  const body = connectionTestBody(subscriber.name ?? 'BridgeCore Default Endpoint', timestamp);
  return judge(await pusher.post('connection-test', subscriber, [], body));
}

function judge(outcome: Outcome): ConnectionTest {
  const { code, body } = understood(outcome);
  if (code < 400)
    return { status: 'success', message: `Connection test successful (Status: ${code})`, response_code: code };
  if (typeName(body) === 'list') return { status: 'error', message: "'list' object has no attribute 'get'" };
  const message = `Connection test failed (Status: ${code}) - ${explain(code, body as JsonObject)}`;
  return { status: 'error', message, response_code: code };
}

function explain(code: number, body: JsonObject): string {
  const known = KNOWN[code];
  if (known !== undefined) return known;
  const detail = text(body['detail'] ?? body['error'] ?? 'Unknown error');
  return `${detail} (${detail})`;
}

function text(value: Json): string {
  return typeof value === 'string' ? value : repr(value);
}

const KNOWN: Readonly<Record<number, string>> = {
  401: 'Authentication failed (401). Please check your auth token in the subscriber settings.',
  404:
    'Endpoint not found (404). The URL may be incorrect or BridgeCore may use Pull-based webhooks only. ' +
    'Please verify the endpoint URL with BridgeCore documentation.',
  503: 'Service unavailable (503). The endpoint may be down or unreachable.',
};
