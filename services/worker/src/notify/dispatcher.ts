import { setTimeout as sleep } from 'node:timers/promises';
import { BridgeError } from '@bridgecore/contracts';
import { Bell } from '../outbox/bell';
import { DeliveryTools } from './deliver';
import { findDue } from './due';
import { Lane } from './lane';

/** How often it is looked whether something is due. */
const LOOK_MS = 1_000;

/** However often it is rung: not more often than this. */
const RUNG_MS = 50;

const MAX_AWAY_MS = 30_000;

/**
 * Finds the subscriptions that have something due, once a second or when rung, and rings their lanes. It runs in every worker;
 * who gets what, the claims decide. While PostgreSQL is away it waits.
 */
export class Dispatcher {
  private readonly bell = new Bell();
  private readonly lanes = new Map<string, Lane>();
  private readonly done: Promise<void>;
  private troubles = 0;

  constructor(private readonly tools: DeliveryTools) {
    tools.ended.addEventListener('abort', () => {
      this.bell.ring();
    });
    this.done = this.run();
  }

  /** Says that deliveries were written. */
  ring(): void {
    this.bell.ring();
  }

  /** How many tries are under way, by the ids of subscriptions. */
  inHand(): string[] {
    const busy = [...this.lanes].filter(([, { tries }]) => tries > 0);
    return busy.map(([id, { tries }]) => `${tries} of subscription ${id}`);
  }

  /** Resolves when the tries under way have ended and are settled. It is for `ended` to say that no more are begun. */
  async end(): Promise<void> {
    await this.done;
    await Promise.all([...this.lanes.values()].map((lane) => lane.end()));
  }

  private async run(): Promise<void> {
    const { ended } = this.tools;
    while (!ended.aborted) {
      try {
        this.ringLanes(await findDue(this.tools.pool));
        this.troubles = 0;
        await this.pass(RUNG_MS);
        await this.bell.wait(LOOK_MS - RUNG_MS);
      } catch (error) {
        this.tell(error);
        this.troubles += 1;
        await this.pass(Math.min(1_000 * 2 ** (this.troubles - 1), MAX_AWAY_MS));
      }
    }
  }

  private ringLanes(due: readonly string[]): void {
    for (const [id, lane] of this.lanes) if (lane.isIdle) this.lanes.delete(id); // its subscription may be gone
    for (const id of due) {
      const lane = this.lanes.get(id) ?? this.open(id);
      lane.ring();
    }
  }

  private open(id: string): Lane {
    const trouble = (error: unknown): void => this.tell(error);
    const lane = new Lane(id, { ...this.tools, trouble });
    this.lanes.set(id, lane);
    return lane;
  }

  /** PostgreSQL that is away is told once; a bug each time, which is at most once for each try. */
  private tell(error: unknown): void {
    const isAway = error instanceof BridgeError && error.retry;
    if (!isAway) this.tools.log.error('notify.failed', { error });
    else if (this.troubles === 0) this.tools.log.warn('notify.waits', { error });
    if (isAway) this.troubles = Math.max(this.troubles, 1);
  }

  private async pass(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.tools.ended }).catch(() => undefined); // ended meanwhile
  }
}
