import { Redis } from 'ioredis';
import { Gauge, Registry } from 'prom-client';
import { Consumer } from './consumer';
import { Log } from './logger';
import { Producer } from './producer';
import { REDIS_PREFIX } from './redis';

/** Knows whether consumers that have work to do still do it. */
export interface Watchdog {
  /** The queues in which work waits although nothing keeps this process from it. */
  readonly stuck: () => readonly string[];
  readonly stop: () => void;
}

/** What is watched, and how long it may stand still. */
export interface WatchdogOptions {
  readonly consumers: readonly Pick<Consumer, 'name' | 'definition' | 'pulse'>[];
  /** A connection that fails fast: while Redis cannot be asked, nobody is to blame. */
  readonly redis: Redis;
  readonly log: Log;
  readonly afterMs: number;
  /** Whether what the consumers pause for is there; asked of somebody else than those who pause. */
  readonly isDependencyUp?: () => boolean;
  readonly metrics?: Registry;
  readonly prefix?: string;
}

/** Looks often enough to be right to a tenth of the time allowed. */
const LOOKS = 10;

/** Watches consumers: queue libraries have been seen to go deaf after an outage while every connection looks well. */
export function watch(options: WatchdogOptions): Watchdog {
  const everyMs = options.afterMs / LOOKS;
  const watched = options.consumers.map((consumer) => new Watched(consumer, options));
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const look = async (): Promise<void> => {
    await Promise.all(watched.map((one) => one.look()));
    if (!isStopped) timer = setTimeout(() => void look(), everyMs);
  };
  void look();
  if (options.metrics !== undefined) showStuck(options.metrics, watched);
  return {
    stuck: () => watched.filter((one) => one.isStuck).map(({ queue }) => queue),
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

function showStuck(registry: Registry, watched: readonly Pick<Watched, 'queue' | 'isStuck'>[]): void {
  const collect = function (this: Gauge<'queue'>): void {
    for (const { queue, isStuck } of watched) this.set({ queue }, Number(isStuck));
  };
  const help = '1 while work waits in the queue that this process could do and does not.';
  new Gauge({ name: 'bridgecore_queue_stuck', help, labelNames: ['queue'], registers: [registry], collect });
}

/** One consumer under watch: since when it could have moved, and whether that is too long. */
class Watched {
  isStuck = false;
  readonly queue: string;
  private readonly asked: Producer<object>;
  /** Since when, look after look, work waited and nothing stood in its way. */
  private since = Infinity;
  private lastLook = performance.now();

  constructor(
    private readonly consumer: WatchdogOptions['consumers'][number],
    private readonly options: WatchdogOptions,
  ) {
    this.queue = consumer.name;
    this.asked = new Producer(consumer.definition, options.redis, options.prefix ?? REDIS_PREFIX);
  }

  async look(): Promise<void> {
    const { afterMs } = this.options;
    const waiting = await this.waiting();
    const now = performance.now();
    const wasFrozen = now - this.lastLook > afterMs / 2; // a process that slept could not have moved
    this.lastLook = now;
    if (wasFrozen || waiting === undefined || waiting === 0 || this.isExcused()) this.since = Infinity;
    else this.since = Math.max(Math.min(this.since, now), this.consumer.pulse().movedAt);
    const idleMs = Math.round(now - this.since);
    if (waiting !== undefined) this.tell(idleMs > afterMs, waiting, idleMs);
  }

  /** Every slot is busy, or what its jobs need is away. */
  private isExcused(): boolean {
    const { busy, slots, isPaused } = this.consumer.pulse();
    return busy >= slots || (isPaused && this.options.isDependencyUp?.() === false);
  }

  /** The jobs that could be taken now; undefined when Redis does not say. */
  private async waiting(): Promise<number | undefined> {
    try {
      return await this.asked.use(async (queue) => {
        if (await queue.isPaused()) return 0;
        const due = Date.now() * DELAY_SCALE;
        const overdue = await this.options.redis.zcount(queue.toKey('delayed'), '-inf', due);
        return overdue + (await queue.getJobCountByTypes('waiting', 'prioritized'));
      });
    } catch {
      return undefined; // told by who watches the connection
    }
  }

  private tell(isStuck: boolean, waiting: number, idleMs: number): void {
    const { log } = this.options;
    if (isStuck && !this.isStuck) log.error('queue.stuck', { queue: this.queue, waiting, idle_ms: idleMs });
    if (!isStuck && this.isStuck) log.info('queue.moving', { queue: this.queue, waiting });
    this.isStuck = isStuck;
  }
}

/** BullMQ scores a delayed job by its time, shifted to make room for a counter. */
const DELAY_SCALE = 0x1000;
