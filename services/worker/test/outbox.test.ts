import { Registry } from 'prom-client';
import { BridgeError } from '@bridgecore/contracts';
import { until } from '@bridgecore/devkit';
import { createMetrics } from '@bridgecore/runtime';
import { handOnce } from '../src/outbox/hand-on';
import { OutboxSubscriber } from '../src/outbox/subscriber';
import { openOutbox } from '../src/outbox/open-outbox';
import { record, Stores } from '../src/record/record';
import { Outbox } from '../src/record/outbox';
import { Break, breakingPool } from './breaking-pool';
import { clear, dated, openWorkerStack, pulled, pushed, WorkerStack } from './worker-stack';

let stack: WorkerStack;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  stack = await openWorkerStack();
  await stack.pool.query('create table effects (id bigint generated always as identity, event_id bigint, system text)');
});
afterAll(() => stack.close());
beforeEach(async () => {
  await clear(stack.pool);
  await stack.pool.query('truncate effects restart identity');
  stack.log.lines.length = 0;
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const OUTBOX = 'select id, subscriber, event_id, system from outbox order by id';
const effects = async (): Promise<number[]> =>
  (await stack.rows<{ event_id: string }>('select event_id from effects order by id')).map((row) =>
    Number(row.event_id),
  );
const told = () => stack.log.lines.filter(({ message }) => message.startsWith('outbox.'));
const waiting = async (): Promise<number> => (await stack.rows('select 1 from outbox')).length;
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const one = (n: number) => pushed(n, { payload: dated(n), record_id: n });

/** `record` with rows for these subscribers, and no relay. */
const written = (...subscribers: string[]): Stores => ({
  ...stack,
  outbox: { subscribers, wake: () => undefined },
});

/** A subscriber whose effect is a row of the same transaction; it fails where `refuse` throws. */
function writer(refuse: (event: number) => void = () => undefined): OutboxSubscriber {
  return {
    name: 'writer',
    handOn: async (entries, tx) => {
      for (const { event_id, system } of entries) {
        await tx.query('insert into effects (event_id, system) values ($1, $2)', [event_id, system]);
        refuse(Number(event_id));
      }
    },
  };
}

function open(subscriber: OutboxSubscriber, sweepMs = 60_000, metrics = createMetrics('test')): Outbox {
  const defer = (_: string, end: () => unknown) => void ends.push(end);
  return openOutbox([subscriber], { ...stack, sweepMs, metrics, defer }) as Outbox;
}

describe('what must follow an event', () => {
  it('is a row for each subscriber and each new event, in their order; joins and repeats have none', async () => {
    const stores = written('a', 'b');

    await record('odoo', [one(3), one(1), one(2)], stores);
    await record('odoo', [one(3), pulled(101, { payload: dated(1), record_id: 1 })], stores);

    const ids = (
      await stack.rows<{ id: string; push_id: string }>('select id, push_id from webhook_events order by id')
    ).map(({ id, push_id }) => ({ id, push_id }));
    expect(ids).toEqual([
      { id: '1', push_id: '3' },
      { id: '2', push_id: '1' },
      { id: '3', push_id: '2' },
    ]);
    expect(await stack.rows(OUTBOX)).toEqual(
      ['1', '2', '3'].flatMap((event_id, n) => [
        { id: String(2 * n + 1), subscriber: 'a', event_id, system: 'odoo' },
        { id: String(2 * n + 2), subscriber: 'b', event_id, system: 'odoo' },
      ]),
    );
  });

  it('follows a test event too, which is an event', async () => {
    await record('odoo', [pushed(1, { payload: { _test_event: true } })], written('a'));

    expect(await waiting()).toBe(1);
  });

  it('is shown also when nobody subscribes: what waits for a subscriber of before is still there', async () => {
    const metrics = new Registry();
    const given = { pool: stack.pool, log: stack.log, sweepMs: 1_000, defer: () => undefined };
    await stack.pool.query(`insert into outbox (subscriber, event_id, system) values ('gone', 1, 'odoo')`);

    const outbox = openOutbox([], { ...given, metrics });

    expect(outbox).toBeUndefined();
    expect(await metrics.metrics()).toMatch(/^bridgecore_outbox_waiting\{subscriber="gone"\} 1$/m);
    expect(await metrics.metrics()).toMatch(/^# TYPE bridgecore_outbox_handed_on_total counter$/m);
  });

  it('is nothing when nobody subscribes', async () => {
    expect(
      openOutbox([], { ...stack, sweepMs: 1, metrics: createMetrics('test'), defer: () => undefined }),
    ).toBeUndefined();

    await record('odoo', [one(1)], stack);

    expect(await waiting()).toBe(0);
  });

  it.each<[Break, number]>([
    ['before-commit', 0],
    ['after-commit', 1],
  ])('is there just when the event is, when the connection is killed %s; and once after a retry', async (at, count) => {
    const breaks = [at];
    const stores = { ...written('a'), pool: breakingPool(stack.pool, () => breaks.shift()) };

    await expect(record('odoo', [one(1)], stores)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect([await waiting(), (await stack.rows('select 1 from webhook_events')).length]).toEqual([count, count]);

    await record('odoo', [one(1)], stores);
    expect(await waiting()).toBe(1);
  });

  it('is written with what is recorded although another event of the batch is refused', async () => {
    const poison = pushed(9, { payload: { name: 'a\u0000b' } });

    await record('odoo', [one(1), poison, one(2)], written('a'));

    expect(await waiting()).toBe(2);
  });
});

describe('the relay', () => {
  it('hands on after the commit, when it is woken', async () => {
    const outbox = open(writer());

    await record('odoo', numbers(1, 250).map(one), { ...stack, outbox });

    await until(async () => (await waiting()) === 0, { what: 'an empty outbox' });
    expect(await effects()).toEqual(numbers(1, 250));
  });

  it('picks up by its sweep what nobody woke it for', async () => {
    open(writer(), 50);

    await record('odoo', [one(1)], written('writer'));

    await until(async () => (await waiting()) === 0, { what: 'an empty outbox' });
  });

  it('leaves the rows of other subscribers', async () => {
    await record('odoo', [one(1)], written('writer', 'other'));

    open(writer());

    await until(async () => (await effects()).length === 1, { what: 'the effect' });
    expect(await stack.rows('select subscriber from outbox')).toEqual([{ subscriber: 'other' }]);
  });

  it('hands on once and in order, with four relays at once and recording going on', async () => {
    const outboxes = numbers(1, 4).map(() => open(writer(), 20));
    const wake = () => outboxes.forEach((outbox) => outbox.wake());
    const stores = { ...stack, outbox: { subscribers: ['writer'], wake } };

    for (let n = 1; n <= 600; n += 15) await record('odoo', numbers(n, n + 14).map(one), stores);

    await until(async () => (await waiting()) === 0, { what: 'an empty outbox' });
    expect(await effects()).toEqual(numbers(1, 600));
  });

  it('writes exactly once through its transaction, with connections killed just before and just after the commit', async () => {
    const breaks: (Break | undefined)[] = ['before-commit', 'after-commit', undefined, 'after-commit', 'before-commit'];
    const pool = breakingPool(stack.pool, () => breaks.shift());
    await record('odoo', numbers(1, 30).map(one), written('writer'));

    const heard: string[] = [];
    while ((await waiting()) > 0 || breaks.length > 0) {
      const tried = await handOnce(pool, writer(), 10).catch((error: unknown) => ({ outcome: String(error) }));
      heard.push(tried.outcome);
    }

    expect(heard.filter((outcome) => outcome.includes('PostgreSQL is not available'))).toHaveLength(4);
    expect(await effects()).toEqual(numbers(1, 30));
  });

  it('lets no poison hold up the others, tries it again later, and keeps the reason', async () => {
    const isPoison = new Set([17, 80, 81]);
    const refuse = (event: number): void => {
      if (isPoison.has(event)) throw new Error(`cannot take\u0000 ${event}`);
    };
    await record('odoo', numbers(1, 150).map(one), written('writer'));

    const outbox = open(writer(refuse));

    await until(async () => (await effects()).length === 147, { what: 'the effects of the others' });
    const failed = (): number => new Set(told().map(({ event_id }) => event_id)).size; // one may have failed again by then
    await until(() => failed() === 3, { what: 'three to have failed' });
    expect(await effects()).toEqual(numbers(1, 150).filter((event) => !isPoison.has(event)));
    expect(
      await stack.rows(`select event_id, attempts, last_error, next_attempt_at > now() - interval '1 minute' as later
      from outbox order by id`),
    ).toEqual(
      [17, 80, 81].map((event) => ({
        event_id: String(event),
        attempts: expect.any(Number) as number,
        last_error: `Error: cannot take ${event}`,
        later: true,
      })),
    );
    expect(told()[0]).toMatchObject({
      ...{ message: 'outbox.failed', subscriber: 'writer', event_id: '17', correlation_id: 'c-1', attempts: 1 },
    });

    isPoison.clear();
    await stack.pool.query('update outbox set next_attempt_at = now()');
    outbox.wake();
    await until(async () => (await waiting()) === 0, { what: 'an empty outbox' });
    expect((await effects()).slice(147).sort((a, b) => a - b)).toEqual([17, 80, 81]); // each has waited for itself
  });

  it('never gives an entry up: its tries become rare, an hour apart at most', async () => {
    await record('odoo', [one(1)], written('writer'));
    await stack.pool.query('update outbox set attempts = 5000');

    open(
      writer(() => {
        throw new Error('never');
      }),
    );

    await until(() => told().length > 0, { what: 'a failure' });
    expect(
      await stack.rows(`select attempts, next_attempt_at between now() + interval '29 minutes'
      and now() + interval '61 minutes' as within from outbox`),
    ).toEqual([{ attempts: 5001, within: true }]);
  });

  it('blames the entry with which the subscriber spoils the transaction', async () => {
    const swallow: OutboxSubscriber = {
      name: 'writer',
      handOn: async (entries, tx) => {
        if (entries.some(({ event_id }) => event_id === '2')) await tx.query('select 1 / 0').catch(() => undefined);
        for (const { event_id } of entries)
          await tx.query('insert into effects (event_id) values ($1)', [event_id]).catch(() => undefined);
      },
    };
    await record('odoo', numbers(1, 3).map(one), written('writer'));

    open(swallow);

    await until(async () => (await waiting()) === 1 && told().length === 1, { what: 'the rest to be done' });
    expect(await effects()).toEqual([1, 3]);
  });

  it('waits when the subscriber is away, and blames no entry', async () => {
    let tries = 0;
    const away = {
      ...writer(),
      handOn: async (): Promise<void> => {
        if ((tries += 1) < 3) throw new BridgeError('ODOO_UNAVAILABLE', 'away', { retryAfterSeconds: 0.05 });
      },
    };
    await record('odoo', numbers(1, 3).map(one), written('writer'));

    open(away);

    await until(async () => (await waiting()) === 0, { what: 'an empty outbox' });
    expect(tries).toBe(3);
    expect(told().map(({ message }) => message)).toEqual(['outbox.waits']);
  });

  it('ends what is under way before it ends itself', async () => {
    let finish: () => void = () => undefined;
    const started = new Promise<void>((resolve) => {
      const slow: OutboxSubscriber = {
        ...writer(),
        handOn: async (entries, tx) => {
          resolve();
          await new Promise<void>((done) => (finish = done));
          await writer().handOn(entries, tx);
        },
      };
      open(slow, 20);
    });
    await record('odoo', [one(1)], written('writer'));
    await started;

    const ended = Promise.all(ends.splice(0).map((end) => end()));
    finish();
    await ended;

    expect([await effects(), await waiting()]).toEqual([[1], 0]);
  });

  it('tells in its metrics what it has done and what waits', async () => {
    const metrics = createMetrics('test');
    await record('odoo', numbers(1, 3).map(one), written('writer', 'gone'));

    open(
      writer((event) => {
        if (event === 2) throw new Error('poison');
      }),
      60_000,
      metrics,
    );
    await until(async () => (await effects()).length === 2 && told().length === 1, { what: 'the effects' });

    const text = await metrics.metrics();
    expect(text).toMatch(/outbox_handed_on_total\{subscriber="writer",outcome="handed",service="test"\} 2/);
    expect(text).toMatch(/outbox_handed_on_total\{subscriber="writer",outcome="failed",service="test"\} 1/);
    expect(text).toMatch(/outbox_waiting\{subscriber="gone",service="test"\} 3/);
    expect(text).toMatch(/outbox_oldest_seconds\{subscriber="writer",service="test"\} [0-9.e-]+/);
  });
});
