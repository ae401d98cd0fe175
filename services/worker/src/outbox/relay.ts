import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { BridgeError } from '@bridgecore/contracts';
import { Log } from '@bridgecore/runtime';
import { Bell } from './bell';
import { handOnce, HandedOn } from './hand-on';
import { noteFailure } from './rows';
import { OutboxEntry, OutboxSubscriber } from './subscriber';

/** What a relay works with. */
export interface RelayDependencies {
  readonly pool: Pool;
  readonly log: Log;
  readonly sweepMs: number;
  /** Told how many entries were handed on, or have failed. */
  readonly count: (subscriber: string, outcome: 'handed' | 'failed', entries: number) => void;
}

/** Larger ones cost less an entry, until the deliveries themselves are the cost; but a failure sends as many alone. */
const BATCH = 250;

/** How soon to ask again while another relay hands on: it may have looked just before what we were woken for. */
const BUSY_MS = 100;

const MAX_AWAY_MS = 60_000;

/**
 * Hands on to one subscriber what its outbox holds: when woken, and in any case every so often, which picks up what a
 * crash, a restart or another worker left. Entries that failed together are tried alone.
 */
export class Relay {
  private readonly bell = new Bell();
  private readonly ended = new AbortController();
  private readonly done: Promise<void>;
  /** So many of the next entries go alone. */
  private alone = 0;
  private troubles = 0;

  constructor(
    private readonly subscriber: OutboxSubscriber,
    private readonly dependencies: RelayDependencies,
  ) {
    this.done = this.run();
  }

  /** Says that there may be something to hand on. */
  wake(): void {
    this.bell.ring();
  }

  /** Resolves when what is under way has ended. */
  async end(): Promise<void> {
    this.ended.abort();
    this.bell.ring();
    await this.done;
  }

  private async run(): Promise<void> {
    while (!this.ended.signal.aborted) {
      try {
        await this.settle(await handOnce(this.dependencies.pool, this.subscriber, this.alone > 0 ? 1 : BATCH));
        this.troubles = 0;
      } catch (error) {
        await this.pause(error);
      }
    }
  }

  private async settle(tried: HandedOn): Promise<void> {
    const { count, sweepMs } = this.dependencies;
    switch (tried.outcome) {
      case 'busy':
        return this.bell.wait(BUSY_MS);
      case 'idle':
        this.alone = 0;
        return this.bell.wait(sweepMs);
      case 'handed':
        this.alone = Math.max(this.alone - tried.entries.length, 0);
        this.subscriber.handedOn?.();
        count(this.subscriber.name, 'handed', tried.entries.length);
        return;
      case 'failed':
        if (tried.entries.length > 1) this.alone = tried.entries.length;
        else await this.fail(tried.entries[0], tried.error);
    }
  }

  private async fail(entry: OutboxEntry | undefined, error: unknown): Promise<void> {
    if (entry === undefined) return;
    const { pool, log, count } = this.dependencies;
    const { name: subscriber } = this.subscriber;
    const failed = await noteFailure(pool, entry, error);
    this.alone = Math.max(this.alone - 1, 0);
    count(subscriber, 'failed', 1);
    const { id, event_id, system } = entry;
    log.warn('outbox.failed', { subscriber, outbox_id: id, event_id, system, ...failed, error });
  }

  /** PostgreSQL or the subscriber is away, or there is a bug: nothing is to blame, and all waits. */
  private async pause(error: unknown): Promise<void> {
    const seconds = error instanceof BridgeError ? error.retryAfterSeconds : undefined;
    const ms = seconds === undefined ? Math.min(1_000 * 2 ** this.troubles, MAX_AWAY_MS) : seconds * 1_000;
    if (this.troubles === 0) this.dependencies.log.warn('outbox.waits', { subscriber: this.subscriber.name, error });
    this.troubles += 1;
    await sleep(ms, undefined, { signal: this.ended.signal }).catch(() => undefined); // ended meanwhile
  }
}
