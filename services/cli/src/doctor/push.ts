import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Api } from '../api/api';
import { EventView } from '../api/shapes';
import { took } from '../text/time';
import { Found, failed, ok } from './check';

/** Of no Odoo: whoever sees it in a list knows where it is from. */
export const TEST_MODEL = 'bridgecore.doctor';

const PATIENCE_MS = 15_000;
const POLL_MS = 100;

/** Where it is pushed to, and where it must come out. */
export interface PushRoute {
  readonly pushed: Api;
  readonly recorded: Api;
}

/** Pushes a test event as Odoo does, and waits until the database has it. */
export async function pushThrough({ pushed, recorded }: PushRoute, signal: AbortSignal): Promise<Found> {
  const id = `doctor-${randomUUID()}`;
  const record = Math.max(1, Math.floor(Date.now() / 1_000) % 2_147_483_647);
  const startedAt = performance.now();
  await pushed.post('/api/v1/webhooks/receive', {
    ...{ event_id: id, model: TEST_MODEL, record_id: record, event: 'write', priority: 'low' },
    ...{ timestamp: new Date().toISOString(), data: { _test_event: true, name: 'a test by bridgecore doctor' } },
  });
  const acceptedMs = performance.now() - startedAt;
  while (performance.now() - startedAt < PATIENCE_MS) {
    const { events } = await recorded.get<{ events: EventView[] }>('/api/v1/events', {
      model: TEST_MODEL,
      record_id: record,
      limit: 10,
      order: 'desc',
    });
    const event = events.find(({ push_id: own }) => own === id);
    if (event !== undefined) {
      const all = performance.now() - startedAt;
      return ok(`pushed, accepted in ${took(acceptedMs)}, recorded as event ${event.id} (a test) in ${took(all)}`);
    }
    await sleep(POLL_MS, undefined, { signal });
  }
  const hint = `Where it stands: bridgecore why ${TEST_MODEL} ${record}. Do workers run, and can they reach PostgreSQL?`;
  return failed(`accepted in ${took(acceptedMs)}, and not recorded within ${PATIENCE_MS / 1_000} s`, hint);
}
