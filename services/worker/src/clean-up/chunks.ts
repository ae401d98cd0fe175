import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, PoolClient } from 'pg';
import { Log } from '@bridgecore/runtime';

/** What is cleaned up, by table. */
export type Kind =
  | 'audit_logs'
  | 'webhook_events'
  | 'dead_letters'
  | 'outbox'
  | 'sync_links'
  | 'sync_runs'
  | 'sync_run_records'
  | 'sync_devices'
  | 'deliveries'
  | 'subscriptions';

/** What one round works with. */
export interface Round {
  /** Holds the round's lock. */
  readonly cleaner: PoolClient;
  readonly pool: Pool;
  readonly log: Log;
  /** Aborted when the worker is to end; another one's round goes on. */
  readonly ended: AbortSignal;
  /** Told of every row that is gone, at once. */
  readonly took: (kind: Kind, rows: number) => void;
}

/** What came of one chunk. */
export interface Chunk {
  readonly deleted: number;
  readonly isLast: boolean;
}

const LEAST_REST_MS = 50;
const REST_PER_CHUNK = 3;

/**
 * Deletes chunk by chunk, each committed by itself. It rests for three times as long as the chunk took, so that at most a
 * quarter of what a disk can do is ours, however slow the disk is.
 */
export async function deleteInChunks(round: Round, kind: Kind, chunk: () => Promise<Chunk>): Promise<void> {
  for (;;) {
    round.ended.throwIfAborted();
    const started = performance.now();
    const { deleted, isLast } = await chunk();
    round.took(kind, deleted);
    if (isLast) return;
    await rest(round, Math.max((performance.now() - started) * REST_PER_CHUNK, LEAST_REST_MS));
  }
}

/** Leaves PostgreSQL to the others for so long; throws when the worker is to end. */
export async function rest({ ended }: Pick<Round, 'ended'>, ms: number): Promise<void> {
  await sleep(ms, undefined, { signal: ended });
}
