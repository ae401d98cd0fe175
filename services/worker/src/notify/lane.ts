import { Pool } from 'pg';
import { claim, Claimed } from './claim';
import { deliver, DeliveryTools } from './deliver';

/** What a lane works with. */
export interface LaneTools extends DeliveryTools {
  readonly pool: Pool;
  /** Told when something could not be claimed or settled. */
  readonly trouble: (error: unknown) => void;
}

/** While another worker claims: somewhere between these. */
const BUSY_MS = [20, 60] as const;

/**
 * A look that finds nothing and takes longer than this has gone through many that wait for others of their record: the next one
 * is after so many times as long, or PostgreSQL would do nothing else.
 */
const LONG_LOOK_MS = 50;
const REST = 9;

/** Timers are of whole milliseconds. */
const SHORTEST_MS = 5;

/**
 * The deliveries of one subscription in this worker: so many tries at once, and none of any other subscription waits for them.
 */
export class Lane {
  private readonly underWay = new Set<Promise<void>>();
  private claiming: Promise<void> | undefined;
  /** There may be something to claim. */
  private isRung = false;
  private timer: NodeJS.Timeout | undefined;
  /** No look before this. */
  private restsUntil = 0;

  constructor(
    private readonly subscriptionId: string,
    private readonly tools: LaneTools,
  ) {}

  /** Says that something may be due. */
  ring(): void {
    const restsMs = this.restsUntil - performance.now();
    if (restsMs > 0) return this.ringIn(restsMs);
    this.isRung = true;
    if (this.claiming !== undefined || this.free === 0 || this.tools.ended.aborted) return;
    this.claiming = this.fill().finally(() => {
      this.claiming = undefined;
      if (this.isRung) this.ring(); // while it was ending
    });
  }

  get isIdle(): boolean {
    return this.claiming === undefined && this.underWay.size === 0 && this.timer === undefined;
  }

  /** How many tries are under way. */
  get tries(): number {
    return this.underWay.size;
  }

  /** Resolves when all that is under way has ended; nothing is taken any more. */
  async end(): Promise<void> {
    clearTimeout(this.timer);
    await this.claiming;
    await Promise.all(this.underWay);
  }

  private get free(): number {
    return this.tools.rules.concurrency - this.underWay.size;
  }

  private async fill(): Promise<void> {
    const { pool, rules, messages, ended, trouble } = this.tools;
    try {
      while (this.isRung && this.free > 0 && !ended.aborted) {
        this.isRung = false;
        const { leaseMs, timeoutMs } = rules;
        const options = { limit: this.free, leaseMs, columns: messages.columns };
        const startedAt = performance.now();
        const claimed = await claim(pool, this.subscriptionId, options);
        const tookMs = performance.now() - startedAt;
        if (claimed.outcome === 'idle' && tookMs > LONG_LOOK_MS) this.rest(REST * tookMs);
        if (tookMs < leaseMs - timeoutMs) this.begin(claimed);
        else this.leave(claimed);
      }
    } catch (error) {
      trouble(error); // the dispatcher rings again when PostgreSQL answers
    }
  }

  private rest(ms: number): void {
    this.restsUntil = performance.now() + ms;
    this.isRung = false;
    this.ringIn(ms);
  }

  /**
   * What was claimed so long ago (the worker was frozen, or PostgreSQL was) could not be sent within its lease. Others may have
   * sent it meanwhile, and what follows of its record: it must not come after that.
   */
  private leave(claimed: Claimed): void {
    if (claimed.outcome !== 'claimed') return;
    const { receiver, deliveries } = claimed;
    this.tools.log.warn('notify.late', { subscription: receiver.name, deliveries: deliveries.length });
  }

  private begin(claimed: Claimed): void {
    const [least, most] = BUSY_MS;
    if (claimed.outcome === 'busy') this.ringIn(least + Math.random() * (most - least));
    if (claimed.outcome === 'limited') this.ringIn(Math.max(claimed.waitMs, SHORTEST_MS));
    if (claimed.outcome !== 'claimed') return;
    const { receiver, deliveries, mayBeMore } = claimed;
    this.isRung ||= mayBeMore;
    for (const delivery of deliveries) {
      const leadsOn = receiver.ordered || delivery.isProbe; // others may have waited for just this one
      const work = deliver({ delivery, receiver }, this.tools).catch(this.tools.trouble);
      const tried = work.finally(() => {
        this.underWay.delete(tried);
        if (leadsOn || this.isRung) this.ring();
      });
      this.underWay.add(tried);
    }
  }

  private ringIn(ms: number): void {
    if (this.tools.ended.aborted) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.ring();
    }, ms);
  }
}
