import { randomUUID } from 'node:crypto';
import { type Pool } from 'pg';
import { load } from '../deploy/repository';

interface Recording {
  record(system: string, events: readonly object[], stores: object): Promise<unknown>;
}

interface Pools {
  createPool(url: string, log: object, options: { max: number; statementTimeoutMs: number }): Pool;
}

const { record } = load<Recording>('services/worker/dist/src/record/record.js');
const { createPool } = load<Pools>('packages/database/dist/src/index.js');

const ignore = (): void => undefined;
const log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
const seen = {
  has: (events: readonly object[]) => Promise.resolve(events.map(() => false)),
  add: () => Promise.resolve(),
};

/** Holds every transaction that records open for a while, some of them for long, after its ids were drawn. */
export const HOLD = `
  create function hold_open() returns trigger language plpgsql as $$
  begin
    perform pg_sleep(case when random() < 0.1 then 0.1 else random() * 0.01 end);
    return null;
  end $$;
  create trigger hold_open after insert on webhook_events for each statement execute function hold_open()`;

/** A connection of its own that records as a worker does. */
export class Writer {
  private readonly pool: Pool;
  private count = 0;

  /** Without the lock it is a mutant: ids are then drawn in any order. */
  constructor(
    databaseUrl: string,
    private readonly system: string,
    private readonly name: string,
    isLocked: boolean,
  ) {
    const pool = createPool(databaseUrl, log, { max: 1, statementTimeoutMs: 15_000 });
    this.pool = isLocked ? pool : withoutLock(pool);
  }

  /** Records batches of one to four pushes; after each batch half of it is joined by its pulled twins. */
  async write(batches: number): Promise<void> {
    for (let batch = 0; batch < batches; batch += 1) {
      const pushes = Array.from({ length: 1 + (batch % 4) }, () => this.push());
      await record(this.system, pushes, { pool: this.pool, seen, log });
      const twins = pushes.filter((_, n) => n % 2 === 0).map((push, n) => twinOf(push, this.name, batch * 10 + n));
      await record(this.system, twins, { pool: this.pool, seen, log });
    }
  }

  end(): Promise<void> {
    return this.pool.end();
  }

  private push(): Event {
    this.count += 1;
    const now = new Date().toISOString();
    return {
      ...{ arrival_id: randomUUID(), content_key: randomUUID(), system: this.system, origin: 'push' },
      ...{
        origin_id: `${this.name}-${this.count}`,
        dated: true,
        model: 'x.fed',
        record_id: this.count,
        operation: 'write',
      },
      ...{ occurred_at: now, received_at: now, timestamped: true, priority: 'high', category: null, user_id: null },
      ...{ user_name: null, changed_fields: null, is_test: false, correlation_id: 'c-1', key_id: null },
      ...{ idempotency_key: null, data: { by: this.name, n: this.count } },
    };
  }
}

type Event = Readonly<Record<string, unknown>>;

function twinOf(push: Event, writer: string, number: number): Event {
  const id = String([...writer].reduce((sum, letter) => sum * 7 + letter.charCodeAt(0), 0) * 1_000 + number);
  return { ...push, arrival_id: randomUUID(), origin: 'pull', origin_id: id };
}

/** The pool itself, but that nobody waits for anybody. */
function withoutLock(pool: Pool): Pool {
  return replacing(pool, 'connect', async () => {
    const client = await pool.connect();
    const query = (sql: string, values?: unknown[]): Promise<unknown> =>
      sql.includes('pg_advisory_xact_lock') && sql.includes('record')
        ? client.query('select 1')
        : client.query(sql, values);
    return replacing(client, 'query', query);
  });
}

function replacing<T extends object>(target: T, method: string, replacement: unknown): T {
  return new Proxy(target, {
    get: (_, name) => {
      if (name === method) return replacement;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
