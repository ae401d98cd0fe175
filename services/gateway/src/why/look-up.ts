import { Redis } from 'ioredis';
import { DataSource } from 'typeorm';
import { BridgeError, DeclaredSystem, FailureCode, isRecord, ODOO_PULL, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { JobEnding, lastEndings, QueueFigures } from '@bridgecore/runtime';
import { QueueLook } from '../job-routes';
import { withDatabase } from '../operator-request';
import { readSystems } from '../systems';
import { findQueued } from './queued-record';
import { findDeadLetters, findDeliveries, findEvents, findOutbox, modelSeenFrom } from './recorded-record';
import { Asked, Facts, GatewayView, LastPull } from './story';

/** Where it is looked. */
export interface LookUpDependencies {
  readonly database: () => DataSource;
  readonly redis: Redis;
  readonly queues: ReadonlyMap<string, QueueLook>;
  readonly readQueues: () => Promise<QueueFigures[]>;
  readonly gateway: () => GatewayView;
}

/** So many endings of runs are looked at: some for every system, however many there are. */
const ENDINGS = 100;

/**
 * Looks everywhere where an event of the record may be, and at what it may have been kept by. A store that is away makes
 * its part null. The queue comes first and the tables after it: what a worker records in between is met there.
 */
export async function lookUp(
  asked: Asked,
  systems: readonly DeclaredSystem[],
  dependencies: LookUpDependencies,
): Promise<Facts> {
  const [inQueue, queues, last_pulls] = await lookIntoRedis(asked, dependencies);
  const inTables = await lookIntoTables(asked, systems, dependencies.database);
  const { queued, queued_all_seen } = inQueue ?? { queued: null, queued_all_seen: false };
  return { asked, ...inTables, queued, queued_all_seen, queues, last_pulls, gateway: dependencies.gateway() };
}

function lookIntoRedis(asked: Asked, { redis, queues, readQueues }: LookUpDependencies) {
  const [events, pulls] = [queues.get(WEBHOOK_EVENTS.name), queues.get(ODOO_PULL.name)];
  return Promise.all([
    events === undefined ? null : orNull(() => findQueued(events, redis, asked)),
    orNull(readQueues),
    pulls === undefined ? null : orNull(async () => pullsOf(await lastEndings(pulls, ENDINGS))),
  ]);
}

type InTables = Pick<
  Facts,
  'events' | 'events_more' | 'dead_letters' | 'outbox' | 'deliveries' | 'systems' | 'model_seen_from'
>;

async function lookIntoTables(
  asked: Asked,
  declared: readonly DeclaredSystem[],
  database: () => DataSource,
): Promise<InTables> {
  const read = <T>(query: (source: DataSource) => Promise<T>): Promise<T | null> =>
    orNull(() => withDatabase(async () => query(database())));
  const [found, dead_letters, systems, model_seen_from] = await Promise.all([
    read((source) => findEvents(source, asked)),
    read((source) => findDeadLetters(source, asked)),
    read((source) => readSystems(source, declared)),
    read((source) => modelSeenFrom(source, asked.model)),
  ]);
  const events = found?.events ?? null;
  // The outbox first: what is handed on in between is met as a delivery.
  const outbox = events === null ? null : await read((source) => findOutbox(source, events));
  const deliveries = events === null ? null : await read((source) => findDeliveries(source, events));
  const events_more = found?.events_more ?? false;
  return { events, events_more, dead_letters, outbox, deliveries, systems, model_seen_from };
}

const AWAY: ReadonlySet<FailureCode> = new Set(['DATABASE_UNAVAILABLE', 'QUEUE_UNAVAILABLE', 'QUEUE_FULL']);

/** Null when a store is away, or took too long. */
async function orNull<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof BridgeError && AWAY.has(error.code)) return null;
    throw error;
  }
}

const OUTCOMES: readonly string[] = ['done', 'skipped', 'stopped'] satisfies LastPull['outcome'][];

/** The newest ending of each system. */
function pullsOf(endings: readonly JobEnding[]): LastPull[] {
  const newest = new Map<string, LastPull>();
  for (const { data, ended_at, result, error } of endings) {
    const system = isRecord(data) ? data['system'] : undefined;
    if (typeof system !== 'string' || newest.has(system)) continue;
    const { outcome, reason } = result ?? {};
    const known = OUTCOMES.includes(String(outcome)) ? (outcome as LastPull['outcome']) : 'done';
    newest.set(system, {
      ...{ system, ended_at, outcome: error === null ? known : 'failed' },
      reason: error ?? (typeof reason === 'string' ? reason : null),
    });
  }
  return [...newest.values()];
}
