import { RequestHandler } from 'express';
import { Redis } from 'ioredis';
import { Gauge, Registry } from 'prom-client';
import { BridgeError, EventJob } from '@bridgecore/contracts';
import { Log, Producer, readInfo, RedisInfo } from '@bridgecore/runtime';
import { GatewayConfig } from './config';

type Bounds = Pick<GatewayConfig, 'WEBHOOK_MAX_BACKLOG_JOBS' | 'WEBHOOK_MAX_REDIS_MEMORY_PERCENT'>;

/** What is read, and what it is held against. */
export interface BacklogOptions {
  readonly events: Pick<Producer<EventJob>, 'use'>;
  readonly redis: Redis;
  readonly config: Bounds;
  readonly log: Log;
  readonly metrics: Registry;
}

/** Refuses pushes while too much waits. */
export interface Backlog {
  readonly refuse: RequestHandler;
  readonly stop: () => void;
}

/** The states in which a job waits for somebody: a worker, time, or an operator. */
const STATES = ['waiting', 'prioritized', 'delayed', 'failed'] as const; // of a paused queue jobs are waiting, too

const READ_MS = 1_000;

/** A reading older than this says nothing any more: Redis is away, and enqueuing tells that itself. */
const STALE_MS = 5_000;

interface Figures {
  readonly jobs: number;
  readonly redis_memory_bytes: number | undefined;
  readonly redis_memory_max_bytes: number | undefined;
}

/** Reads the backlog once a second, never for a request, and answers pushes with 503 while it is over its bounds. */
export function watchBacklog(options: BacklogOptions): Backlog {
  const { config, log } = options;
  let excess: string | undefined;
  let readAt = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const reason = (): string | undefined => (performance.now() - readAt < STALE_MS ? excess : undefined);
  const showMemory = gauges(options.metrics, () => reason() !== undefined);
  const read = async (): Promise<void> => {
    const { counts, info } = await ask(options);
    showMemory(info);
    const figures = figuresOf(counts, info);
    const found = excessOf(figures, config);
    if (found !== undefined && excess === undefined) log.warn('backlog.refusing', { ...figures, detail: found });
    if (found === undefined && excess !== undefined) log.info('backlog.accepting', { ...figures });
    excess = found;
    readAt = performance.now();
  };
  const loop = async (): Promise<void> => {
    await read().catch(() => undefined); // away: `redis.down` is logged by the connection
    if (!isStopped) timer = setTimeout(() => void loop(), READ_MS);
  };
  void loop();
  return {
    refuse: (_req, _res, next) => {
      const found = reason();
      if (found !== undefined) throw full(found);
      next();
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

type Counts = Record<string, number>;

async function ask({ events, redis }: BacklogOptions): Promise<{ counts: Counts; info: RedisInfo | undefined }> {
  const counts = await events.use((queue) => queue.getJobCounts(...STATES));
  const info = await readInfo(redis).catch(() => undefined); // may be denied: the number of jobs still bounds
  return { counts, info };
}

function figuresOf(counts: Counts, info: RedisInfo | undefined): Figures {
  const jobs = STATES.reduce((sum, state) => sum + (counts[state] ?? 0), 0);
  return { jobs, redis_memory_bytes: info?.usedBytes, redis_memory_max_bytes: info?.maxBytes };
}

function excessOf(figures: Figures, config: Bounds): string | undefined {
  const { jobs, redis_memory_bytes: used = 0, redis_memory_max_bytes: max = 0 } = figures;
  if (jobs >= config.WEBHOOK_MAX_BACKLOG_JOBS) return `${jobs} jobs are waiting`;
  const percent = max === 0 ? 0 : Math.floor((100 * used) / max);
  return percent >= config.WEBHOOK_MAX_REDIS_MEMORY_PERCENT ? `Redis uses ${percent} % of its memory` : undefined;
}

function full(excess: string): BridgeError {
  const detail = `The queue is full (${excess}); nothing was accepted.`;
  return new BridgeError('QUEUE_FULL', detail, { retryAfterSeconds: 10 });
}

function gauges(metrics: Registry, isRefusing: () => boolean): (info: RedisInfo | undefined) => void {
  const gauge = (name: string, help: string): Gauge => {
    const made = new Gauge({ name: `bridgecore_${name}`, help, registers: [metrics] });
    made.remove(); // without labels it would begin with 0, which Redis has not said
    return made;
  };
  const used = gauge('redis_memory_bytes', 'What Redis uses');
  const max = gauge('redis_memory_max_bytes', 'What Redis may use; 0 without a bound');
  new Gauge({
    name: 'bridgecore_backlog_refusing',
    help: '1 while pushes are refused because too much waits',
    registers: [metrics],
    collect() {
      this.set(Number(isRefusing()));
    },
  });
  return (info) => {
    if (info?.usedBytes !== undefined) used.set(info.usedBytes);
    if (info?.maxBytes !== undefined) max.set(info.maxBytes);
  };
}
