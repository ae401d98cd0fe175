import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { BridgeError, QueueDefinition } from '@bridgecore/contracts';
import { until } from '@bridgecore/devkit';
import {
  connectFailFast,
  connectPatient,
  consume,
  Consumer,
  ConsumerOptions,
  disconnect,
  Producer,
} from '../src/index';
import { recordedLog } from './recorded-log';

/** What travels in these tests. */
export interface Numbered {
  readonly n: number;
}

/** A queue that tries thrice, in quick succession. */
export const NUMBERS: QueueDefinition<Numbered> = {
  name: 'numbers',
  parse: (data) => {
    const { n } = data as Partial<Numbered>;
    if (n === undefined) throw new BridgeError('JOB_UNREADABLE', 'This version cannot read the job.');
    return { n };
  },
  attempts: 3,
  backoffMs: 10,
  keepCompleted: 5,
  keepFailed: 'all',
};

/** Both ends of a queue on one Redis; `end` closes everything. */
export class QueueStack {
  readonly recorded = recordedLog();
  readonly redis: Redis;
  readonly patientRedis: Redis;
  readonly producer: Producer<Numbered>;
  private readonly consumers: Consumer[] = [];

  constructor(
    url: string,
    readonly prefix: string,
    private readonly definition = NUMBERS,
  ) {
    this.redis = connectFailFast(url, this.recorded.log);
    this.patientRedis = connectPatient(url, this.recorded.log);
    this.producer = new Producer(definition, this.redis, prefix);
  }

  consume(options: Partial<ConsumerOptions<Numbered>> & Pick<ConsumerOptions<Numbered>, 'work'>): Consumer {
    const { prefix, definition, patientRedis: redis, recorded } = this;
    const consumer = consume({ definition, concurrency: 2, redis, log: recorded.log, prefix, ...options });
    this.consumers.push(consumer);
    return consumer;
  }

  async ready(): Promise<this> {
    await until(() => this.redis.status === 'ready' && this.patientRedis.status === 'ready', { what: 'Redis' });
    return this;
  }

  look<T>(work: (queue: Queue) => Promise<T>): Promise<T> {
    return this.producer.use(work);
  }

  /** Resolves when so many jobs have ended in that state. */
  async ended(state: 'completed' | 'failed', count: number): Promise<void> {
    const what = `${count} jobs to be ${state}`;
    await until(async () => (await this.look((queue) => queue.getJobCountByTypes(state))) >= count, { what });
  }

  async end(): Promise<void> {
    await Promise.all(this.consumers.map((consumer) => consumer.close()));
    await Promise.all([disconnect(this.redis), disconnect(this.patientRedis)]);
  }
}
