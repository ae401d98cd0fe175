import { randomUUID } from 'node:crypto';
import { PoolClient } from 'pg';
import {
  BridgeError,
  normalisePulledRow,
  normalisePush,
  parseEvent,
  ReplayRequest,
  WebhookEvent,
} from '@bridgecore/contracts';
import { translate } from '@bridgecore/database';
import { JobReport } from '@bridgecore/runtime';
import { AuditEntry, inAuditedTransaction, writeAudit } from '../record/audit';
import { Recorded, recordIn, Stores } from '../record/record';
import { lockSystem } from '../record/store';
import { causeOf, DeadLetter } from './letter';

type OpenLetter = Pick<DeadLetter, 'system' | 'kind' | 'raw' | 'correlation_id' | 'key_id' | 'model' | 'record_id'> & {
  readonly id: string;
  readonly received_at: Date | null;
  readonly first_failed_at: Date;
};

/** Works dead letters again, one by one. What is away fails the job: tried again, the letters that were replayed are closed. */
export async function replay(request: ReplayRequest, stores: Stores): Promise<JobReport> {
  const counts = { replayed: 0, replay_failed: 0, closed: 0 };
  for (const id of request.ids) counts[await replayOne(id, request, stores)] += 1;
  return counts;
}

async function replayOne(
  id: string,
  request: ReplayRequest,
  stores: Stores,
): Promise<'replayed' | 'replay_failed' | 'closed'> {
  const letter = await openLetter(id, stores);
  if (letter === undefined) return 'closed';
  try {
    const isDone = await recordLetter(letter, eventOf(letter), request, stores);
    if (isDone) stores.outbox?.wake();
    return isDone ? 'replayed' : 'closed';
  } catch (error) {
    if (!(error instanceof Error) || (error instanceof BridgeError && error.retry)) throw error;
    await noteFailure(letter, error, request, stores);
    return 'replay_failed';
  }
}

async function openLetter(id: string, { pool }: Stores): Promise<OpenLetter | undefined> {
  const columns = 'id, system, kind, raw, correlation_id, key_id, model, record_id, received_at, first_failed_at';
  const select = `select ${columns} from dead_letters where id = $1 and status = 'open'`;
  const { rows } = await pool.query<OpenLetter>(select, [id]).catch((error: unknown) => {
    throw translate(error);
  });
  return rows[0];
}

/**
 * The event, from what was kept of it. An event keeps its content key and its ids, so it still meets its twin. An item
 * and a row were kept redacted: where a field was left out, the key that is computed now is not its twin's.
 */
function eventOf({ kind, raw, ...letter }: OpenLetter): WebhookEvent {
  const body = JSON.parse(raw) as unknown;
  if (kind === 'event' || kind === 'job') return parseEvent(body);
  const { system, correlation_id, key_id, received_at, first_failed_at } = letter;
  const received = (received_at ?? first_failed_at).toISOString();
  const isRedacted = (): boolean => false; // what is to be left out was left out before it was buried
  const arrival = { system, correlation_id, key_id, received_at: received, idempotency_key: null, isRedacted };
  if (kind === 'row') return normalisePulledRow(body, { ...arrival, newId: randomUUID });
  const [event] = normalisePush(body, { ...arrival, newId: randomUUID }).events;
  if (event === undefined) throw new BridgeError('EVENT_INVALID', 'The item holds no event.');
  return event;
}

/** Records the event and closes the letter in one transaction; false when somebody else has closed it meanwhile. */
async function recordLetter(
  { id, system }: OpenLetter,
  event: WebhookEvent,
  request: ReplayRequest,
  { pool, outbox, meter }: Stores,
): Promise<boolean> {
  let settled: readonly Recorded[] = [];
  const isDone = await inAuditedTransaction(pool, async (tx) => {
    await lockSystem(tx, system); // first, as everywhere: whoever waits for a letter then holds nothing that others need
    if (!(await holdLetter(tx, id))) return false;
    settled = await recordIn(tx, event.system, [event], outbox);
    const [recorded] = settled;
    const event_id = recorded?.event_id ?? null;
    await tx.query(`update dead_letters set status = 'replayed', event_id = $2, closed_at = now() where id = $1`, [
      ...[id, event_id],
    ]);
    const { model, record_id } = event;
    const subject = { ...auditOf(id, { system, model, record_id }, request), event_id };
    await writeAudit(tx, [{ ...subject, action: 'dead_letter.replayed', outcome: recorded?.outcome ?? 'repeat' }]);
    return true;
  });
  if (isDone) meter?.settled(settled);
  return isDone;
}

async function holdLetter(tx: PoolClient, id: string): Promise<boolean> {
  const { rowCount } = await tx.query(`select 1 from dead_letters where id = $1 and status = 'open' for update`, [id]);
  return rowCount === 1;
}

/** It stays open, with one more attempt and the last reason; when it failed first, and what came between, is kept. */
async function noteFailure(
  letter: OpenLetter,
  failure: Error,
  request: ReplayRequest,
  { pool }: Stores,
): Promise<void> {
  const { id } = letter;
  const { reason, error } = causeOf(failure);
  await inAuditedTransaction(pool, async (tx) => {
    await tx.query(
      `update dead_letters set attempts = attempts + 1, last_failed_at = now(), reason = $2, error = $3
        where id = $1 and status = 'open'`,
      [id, reason, error],
    );
    const subject = auditOf(id, letter, request, { reason });
    await writeAudit(tx, [{ ...subject, action: 'dead_letter.replay_failed', outcome: 'failed', error }]);
  });
}

function auditOf(
  id: string,
  { system, model, record_id }: Pick<OpenLetter, 'system' | 'model' | 'record_id'>,
  { key_id, correlation_id }: ReplayRequest,
  detail = {},
): Omit<AuditEntry, 'action' | 'outcome'> {
  return { system, model, record_id, key_id, correlation_id, detail: { dead_letter_id: id, ...detail } };
}
