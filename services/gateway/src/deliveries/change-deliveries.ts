import { DataSource, EntityManager } from 'typeorm';
import { BridgeError } from '@bridgecore/contracts';
import { writeAudit } from '../audit-entry';
import { Operator } from '../dead-letters';
import { DeliveryView, findDelivery, MEANT, SHOWN, valuesOf } from './deliveries';
import { DeliveryFilter, DeliveryState } from './delivery-query';

/** So many are replayed in one transaction: a tenth of a second, in which their rows are held. */
const CHUNK = 1_000;

/**
 * Waiting, as if it had never been tried; what came of its tries stays in its log. Without its claim: a try that was under way when
 * it was closed has lost it, and when that fails now, it neither postpones nor buries what waits anew.
 */
const ANEW = `state = 'waiting', attempts = 0, claim = null, next_attempt_at = now(), closed_at = null`;

const DISCARDED = `state = 'discarded', claim = null, closed_at = now()`;

/** Sends a delivery once more, with the same `webhook-id`, and notes who asked. */
export function replay(source: DataSource, id: string, by: Operator): Promise<DeliveryView> {
  return change(source, { id, by, action: 'delivery.replayed', to: ANEW, from: ['dead', 'delivered', 'discarded'] });
}

/** Gives a delivery up for good, and notes who did and why. A try that is under way may still reach its receiver. */
export function discard(source: DataSource, id: string, by: Operator, reason: string | null): Promise<DeliveryView> {
  const from = ['waiting', 'dead'] as const;
  return change(source, { id, by, action: 'delivery.discarded', to: DISCARDED, from, reason });
}

interface Change {
  readonly id: string;
  readonly by: Operator;
  readonly action: string;
  /** What it is set to. */
  readonly to: string;
  readonly from: readonly DeliveryState[];
  readonly reason?: string | null;
}

function change(source: DataSource, { id, by, action, to, from, reason = null }: Change): Promise<DeliveryView> {
  return source.transaction(async (tx) => {
    const before = await hold(tx, id, by.system, from);
    await tx.query(`update deliveries set ${to} where id = $1`, [id]);
    await audit(tx, before, action, by, reason);
    return read(tx, id);
  });
}

/** Locked before it is looked at: what a worker settles or another operator does meanwhile is seen. */
async function hold(
  tx: EntityManager,
  id: string,
  system: string | undefined,
  from: readonly DeliveryState[],
): Promise<DeliveryView> {
  await tx.query('select from deliveries where id = $1 for update', [id]);
  const delivery = await read(tx, id, system);
  if (from.includes(delivery.state)) return delivery;
  const [last = '', ...others] = [...from].reverse();
  const detail = `Delivery ${id} is ${delivery.state}; this can be done to one only that is ${others.reverse().join(', ')} or ${last}.`;
  throw new BridgeError('DELIVERY_CLOSED', detail);
}

async function read(tx: EntityManager, id: string, system?: string): Promise<DeliveryView> {
  const delivery = await findDelivery(tx, id, system);
  if (delivery === null) throw new BridgeError('NOT_FOUND', `There is no delivery ${id}.`);
  return delivery;
}

async function audit(
  tx: EntityManager,
  { id, subscription, state, system, ...of }: DeliveryView,
  action: string,
  { key_id, correlation_id }: Operator,
  reason: string | null,
): Promise<void> {
  const { model, record_id, event_id } = of;
  const detail = { delivery_id: id, subscription, was: state, ...(reason === null ? {} : { reason }) };
  const about = { ...(system === null ? {} : { system }), model, record_id, event_id };
  await writeAudit(tx, { action, ...about, key_id, correlation_id, detail });
}

interface Replayed {
  readonly id: string;
  readonly subscription_id: string;
}

/**
 * Sends all once more that the filter means and that are dead, and returns how many. Chunk by chunk, each with its audit row:
 * broken off halfway, those that were not replayed are still dead, and can be asked for again.
 */
export async function replayAll(
  source: DataSource,
  filter: DeliveryFilter,
  { key_id, correlation_id, system }: Operator,
): Promise<number> {
  let count = 0;
  let last: Replayed = { id: '0', subscription_id: '0' };
  for (;;) {
    const replayed = await source.transaction(async (tx) => {
      const chunk = await replayChunk(tx, filter, last);
      const ids = chunk.map(({ id }) => id);
      const detail = { filter, count: ids.length, delivery_ids: ids };
      const entry = { action: 'delivery.replayed_all', key_id, correlation_id, detail };
      if (ids.length > 0) await writeAudit(tx, { ...entry, ...(system === undefined ? {} : { system }) });
      return chunk;
    });
    last = replayed.at(-1) ?? last;
    count += replayed.length;
    if (replayed.length === 0) return count;
  }
}

function replayChunk(tx: EntityManager, filter: DeliveryFilter, after: Replayed): Promise<Replayed[]> {
  return tx.query<Replayed[]>(REPLAY_CHUNK, [...valuesOf(filter), after.subscription_id, after.id, CHUNK]);
}

/**
 * Along `deliveries_dead`, past the last one of the chunk before: one that is dead again by now is not taken twice. Exported for a
 * test that looks at how it is found.
 */
export const REPLAY_CHUNK = `
  with chunk as (
    select delivery.id from ${SHOWN}
     where ${MEANT} and delivery.state = 'dead' and (delivery.subscription_id, delivery.id) > ($6::bigint, $7::bigint)
     order by delivery.subscription_id, delivery.id limit $8
       for update of delivery
  ), replayed as (
    update deliveries set ${ANEW} from chunk where deliveries.id = chunk.id returning deliveries.id, deliveries.subscription_id
  )
  select id, subscription_id from replayed order by replayed.subscription_id, replayed.id`;
