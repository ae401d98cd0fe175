import { PoolClient } from 'pg';
import { WebhookEvent } from '@bridgecore/contracts';
import { isDataError } from '@bridgecore/database';
import { Log } from '@bridgecore/runtime';
import { bury, Graveyard } from '../dead-letters/bury';
import { deadEvent } from '../dead-letters/letter';
import { EventMeter } from '../meters/event-meter';
import { AuditEntry, inAuditedTransaction, writeAudit } from './audit';
import { joinedRows, match, Match, MatchOutcome, newRows } from './match';
import { Outbox, writeOutbox } from './outbox';
import { Seen } from './seen';
import { advanceCursor, Advance, findCandidates, insertRows, lockSystem, updateRows } from './store';

/** What `record` works with. */
export interface Stores extends Graveyard {
  readonly seen: Seen;
  readonly log: Log;
  /** Told of every event that is settled. */
  readonly meter?: EventMeter | undefined;
  /** What must follow each new event; without it nothing does. */
  readonly outbox?: Outbox | undefined;
}

/** What became of one event; `dead` is a dead letter. */
export interface Recorded {
  readonly event: WebhookEvent;
  readonly outcome: MatchOutcome | 'dead';
  readonly event_id: string | null;
  /** Its id at its origin was another event's before: Odoo's database was reset or restored. */
  readonly originIdReused: boolean;
}

/**
 * Where push and pull end: match, store, audit, note what must follow and move the cursor, in one transaction.
 *
 * The lock makes matching race-free and ids commit-ordered within a system; the fence stops a run that another has
 * overtaken. An event that PostgreSQL refuses is buried and the rest goes on. `seen` only spares work and is told
 * after the commit: told before, a crash would lose the event. All events are of the one system.
 */
export async function record(
  system: string,
  events: readonly WebhookEvent[],
  stores: Stores,
  advance?: Advance,
): Promise<Recorded[]> {
  const recorded = await commit(system, events, stores, advance);
  stores.meter?.settled(recorded);
  if (recorded.some(({ outcome }) => outcome === 'recorded')) stores.outbox?.wake();
  const told = recorded.filter(({ outcome }) => outcome !== 'dead').map(({ event }) => event);
  await stores.seen.add(told).catch((error: unknown) => {
    stores.log.warn('seen.failed', { error });
  });
  for (const { event, outcome, event_id } of recorded) {
    const { origin, model, record_id, operation, priority, correlation_id, origin_id } = event;
    const ids = { origin, [`${origin}_id`]: origin_id, event_id };
    stores.log.debug(`event.${outcome}`, { system, model, record_id, operation, priority, correlation_id, ...ids });
  }
  return recorded;
}

/** All in one transaction; when the data is at fault, by halves, until the culprit stands alone. */
async function commit(
  system: string,
  events: readonly WebhookEvent[],
  stores: Stores,
  advance?: Advance,
): Promise<Recorded[]> {
  try {
    return await inAuditedTransaction(stores.pool, (tx) => recordIn(tx, system, events, stores.outbox, advance));
  } catch (error) {
    if (!isDataError(error) || events.length === 0) throw error;
    // The cursor must not pass what is not committed yet: it moves last, with the fence checked all the way.
    const hold = advance === undefined ? undefined : { ...advance, cursor: null };
    const recorded = await commitParts(system, events, stores, error as Error, hold);
    if (advance !== undefined && advance.cursor !== null) await commit(system, [], stores, advance);
    return recorded;
  }
}

async function commitParts(
  system: string,
  events: readonly WebhookEvent[],
  stores: Stores,
  error: Error,
  hold?: Advance,
): Promise<Recorded[]> {
  const [culprit] = events;
  if (events.length > 1 || culprit === undefined) {
    const middle = Math.ceil(events.length / 2);
    const first = await commit(system, events.slice(0, middle), stores, hold);
    return [...first, ...(await commit(system, events.slice(middle), stores, hold))];
  }
  await bury(stores, [deadEvent(culprit, error)], async (tx) => {
    if (hold !== undefined) await advanceCursor(tx, system, hold);
  });
  return [{ event: culprit, outcome: 'dead', event_id: null, originIdReused: false }];
}

/** The steps of one transaction: lock, fence, rows, audit, and what must follow. */
export async function recordIn(
  tx: PoolClient,
  system: string,
  events: readonly WebhookEvent[],
  outbox: Outbox | undefined,
  advance?: Advance,
): Promise<Recorded[]> {
  await lockSystem(tx, system);
  if (advance !== undefined) await advanceCursor(tx, system, advance);
  if (events.length === 0) return [];
  const matches = match(await findCandidates(tx, system, events), events);
  const joined = joinedRows(matches); // asked before the new rows have ids
  const added = newRows(matches);
  await insertRows(tx, added);
  await updateRows(tx, joined);
  await writeAudit(
    tx,
    matches.flatMap((matched) => auditOf(matched, advance?.fence)),
  );
  if (outbox !== undefined) await writeOutbox(tx, outbox, added);
  return matches.map(({ event, outcome, row, originIdReused }) => {
    return { event, outcome, event_id: row.id, originIdReused };
  });
}

/** `fence` numbers the pull run, as its correlation id does not: a tick's job may be run several times, by one worker too. */
function auditOf({ event, outcome, row, originIdReused }: Match, fence: string | undefined): AuditEntry[] {
  const { system, model, record_id, correlation_id, key_id, origin, origin_id } = event;
  const subject = { system, model, record_id, correlation_id, key_id, event_id: row.id };
  const detail = { [`${origin}_id`]: origin_id, fence }; // no `fence` for what no run brings: pushes, replays
  const entry = { action: `event.${origin}`, outcome, ...subject, detail };
  if (!originIdReused) return [entry];
  return [entry, { ...entry, action: 'origin_id_reused', outcome: 'warning' }];
}
