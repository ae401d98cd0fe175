import { randomUUID } from 'node:crypto';
import { RequestHandler, Response, Router } from 'express';
import { Arrival, BridgeError, IsRedacted, normalisePush, Push } from '@bridgecore/contracts';
import { Enqueue } from './enqueue';
import { methodNotAllowed } from './error-handler';
import { locals } from './locals';
import { shortened } from './problem';

export const RECEIVE = '/api/v1/webhooks/receive';

/** What stands before the route, in the order that the API promises, and what it works with. */
export interface PushRouteDependencies {
  readonly before: readonly RequestHandler[];
  readonly enqueue: Enqueue;
  readonly isRedacted: IsRedacted;
  /** What the answer may take once the body is there, the limiter's time included. */
  readonly deadlineMs: number;
}

/** Nothing slower than one Redis call may stand between Odoo and its answer: it pushes inside its user's click. */
export function pushRoute({ before, enqueue, isRedacted, deadlineMs }: PushRouteDependencies): Router {
  const router = Router();
  // Odoo's connection test asks this first, without credentials (`test-connection-*`).
  router.head(RECEIVE, (_req, res) => res.status(200).end());
  router.post(RECEIVE, ...before, async (req, res) => {
    const { bodyBytes: bytes = 0, limiterMs = 0, requestId } = locals(res);
    const push = normalisePush(req.body, arrivalOf(req.get('idempotency-key'), res, isRedacted));
    locals(res).report = { bytes };
    if (!push.isConnectionTest) await within(deadlineMs - limiterMs, enqueue({ ...push, bytes }));
    locals(res).report = { accepted: push.events.length, rejected: push.rejected.length, bytes };
    res.status(200).json(answer(push, requestId)); // not 202: Odoo takes it for a failure
  });
  router.all(RECEIVE, methodNotAllowed('POST, HEAD'));
  return router;
}

function arrivalOf(idempotencyKey: string | undefined, res: Response, isRedacted: IsRedacted): Arrival {
  const { key, requestId } = locals(res);
  if (key?.system === undefined) throw new BridgeError('FORBIDDEN', 'This key speaks for no system.');
  return {
    system: key.system,
    received_at: new Date().toISOString(),
    correlation_id: requestId,
    key_id: key.id,
    idempotency_key: checkedKey(idempotencyKey),
    isRedacted,
    newId: randomUUID,
  };
}

function checkedKey(key: string | undefined): string | null {
  if (key === undefined || key === '') return null;
  if (key.length <= 255) return key;
  const errors = [{ field: 'Idempotency-Key', message: 'must be at most 255 characters' }];
  throw new BridgeError('EVENT_INVALID', 'The header Idempotency-Key must be at most 255 characters.', { errors });
}

const LATE =
  'The queue did not answer in time; the event may have been accepted all the same. Send it again with the same id.';

/** The event may be in Redis all the same, when the answer was slow; it then comes twice and is recorded once. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new BridgeError('QUEUE_UNAVAILABLE', LATE, { retryAfterSeconds: 5 }));
    }, ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function answer({ isConnectionTest, events, rejected }: Push, requestId: string): object {
  const told = rejected.map(({ index, code, message }) => ({ index, code, detail: shortened(message, 500) }));
  return {
    success: true,
    message: isConnectionTest ? 'Connection test passed' : 'Event queued for processing',
    accepted: events.length,
    ...(told.length === 0 ? {} : { rejected: told }),
    request_id: requestId,
  };
}
