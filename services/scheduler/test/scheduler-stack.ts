import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { MAINTENANCE, ODOO_PULL, TickJob, TICKS } from '@bridgecore/contracts';
import { until } from '@bridgecore/devkit';
import { Check, connectPatient, createMetrics, disconnect, Log, Watchdog } from '@bridgecore/runtime';
import { startScheduler } from '../src/scheduler';
import { Schedule } from '../src/schedules';

type Line = Record<string, unknown> & { message: string };

/** A running scheduler, with what it has logged. */
export interface Running {
  readonly check: Check;
  readonly metrics: Registry;
  named(message: string): Line[];
  stop(): Promise<void>;
}

/** The schedules of these systems, all of one interval. */
export function schedules(everyMs: number, ...systems: string[]): Schedule[] {
  return systems.map((system) => ({
    id: `pull-${system}`,
    repeat: { every: everyMs },
    tick: { kind: 'pull', system },
  }));
}

/** Starts a scheduler that looks at its schedules every 50 ms. */
export function run(redisUrl: string, prefix: string, wanted: Schedule[], atStart: TickJob[] = []): Running {
  const lines: Line[] = [];
  const closes: (() => unknown)[] = [];
  const write = (message: string, fields: object = {}): void => void lines.push({ ...fields, message });
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const shutdown = { defer: (_name: string, close: () => unknown): void => void closes.unshift(close) };
  const live: Watchdog[] = [];
  const metrics = createMetrics('scheduler');
  const options = { redisUrl, schedules: wanted, atStart, log, metrics, shutdown, prefix, reconcileMs: 50 };
  const check = startScheduler({ ...options, live, watchdogMs: 60_000 });
  return {
    check,
    metrics,
    named: (message) => lines.filter((line) => line.message === message),
    stop: async () => {
      for (const close of closes) await close();
    },
  };
}

/** The queues of the schedulers, to be looked at from outside. */
export class Queues {
  readonly redis: Redis;
  readonly ticks: Queue;
  readonly pulls: Queue;
  readonly maintenance: Queue;

  constructor(redisUrl: string, prefix: string) {
    const silent = (): void => undefined;
    this.redis = connectPatient(redisUrl, { debug: silent, info: silent, warn: silent, error: silent });
    const options = { connection: this.redis, prefix, skipVersionCheck: true };
    this.ticks = new Queue(TICKS.name, options);
    this.pulls = new Queue(ODOO_PULL.name, options);
    this.maintenance = new Queue(MAINTENANCE.name, options);
  }

  /** The schedules that are in Redis, by name, with their intervals. */
  async scheduled(): Promise<Record<string, number | undefined>> {
    const found = await this.ticks.getJobSchedulers(0, -1);
    return Object.fromEntries(found.map(({ key, every }) => [key, every]));
  }

  /** When each tick that was done was due: the end of its id. */
  async tickTimes(): Promise<number[]> {
    const done = await this.ticks.getCompleted(0, -1);
    return done.map(({ id }) => Number(id?.split(':').at(-1))).sort((a, b) => a - b);
  }

  async ticked(times: number): Promise<void> {
    await until(async () => (await this.ticks.getCompletedCount()) >= times, { what: `${times} ticks` });
  }

  async close(): Promise<void> {
    await disconnect(this.redis);
  }
}
