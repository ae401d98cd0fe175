import { Registry } from 'prom-client';
import { BridgeError, DEFAULT_REDACTED_FIELDS, normalisePush, redaction, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { createPool, inTransaction } from '@bridgecore/database';
import { OdooClient } from '@bridgecore/odoo';
import { bury } from '../src/dead-letters/bury';
import { deadItem } from '../src/dead-letters/letter';
import { countEvents } from '../src/meters/event-meter';
import { readPage } from '../src/pull/page';
import { pullRun } from '../src/pull/pull-run';
import { workEventJob } from '../src/record/event-job';
import { record } from '../src/record/record';
import { findCandidates } from '../src/record/store';
import { arrival, clear, openWorkerStack, pulled, pushed, WorkerStack } from './worker-stack';

let stack: WorkerStack;

beforeAll(async () => {
  stack = await openWorkerStack();
});
afterAll(() => stack.close());
beforeEach(async () => {
  await clear(stack.pool);
  await stack.redis.flushdb();
});

function row(id: unknown, different: object = {}): object {
  const subject = { model: 'sale.order', record_id: 1, event: 'write', timestamp: '2026-11-23T06:22:26' };
  return { id, ...subject, payload: { id: 1 }, priority: 'high', category: 'business', ...different };
}

/** An Odoo that serves these rows once, and notes what is acknowledged. */
function serving(rows: readonly object[]): OdooClient & { readonly acknowledged: number[] } {
  const acknowledged: number[] = [];
  return {
    acknowledged,
    pull: (from) => Promise.resolve({ rows: from === 0 && acknowledged.length === 0 ? rows : [], hasMore: false }),
    acknowledge: (ids) => Promise.resolve(void acknowledged.push(...ids)),
  };
}

function pull(odoo: OdooClient): ReturnType<typeof pullRun> {
  const times = { lockTtlMs: 5_000, runMs: 60_000, sweepEvery: 1_000, ended: new AbortController().signal };
  const isRedacted = redaction(DEFAULT_REDACTED_FIELDS);
  const { redis, log } = stack;
  return pullRun({ id: 'odoo', odoo, limit: 10 }, { redis, stores: stack, log, isRedacted, ...times });
}

describe('a page with a row that cannot be recorded', () => {
  it.each([
    ['nested a thousand times deeper than anything', { payload: nested(50_000) }],
    ['with a number that JSON cannot write', { payload: { amount: Infinity } }],
    ['whose field cannot be named in whole', { [`${'x'.repeat(199)}😀`]: Infinity }],
    ['of no model', { model: 7 }],
  ])('goes on: a row %s', async (_, different) => {
    const odoo = serving([row(1), row(2, different), row(3)]);

    expect(await pull(odoo)).toMatchObject({ recorded: 2, dead: 1 });

    expect(odoo.acknowledged).toEqual([1, 2, 3]);
    expect(await stack.rows('select origin_id from dead_letters')).toEqual([{ origin_id: '2' }]);
  });

  it('takes an id that comes as digits, and acknowledges it as the number that it is', async () => {
    const odoo = serving([row('7')]);

    expect(await pull(odoo)).toMatchObject({ recorded: 1 });

    expect(odoo.acknowledged).toEqual([7]);
  });

  it('keeps no secret of a payload that is no object', () => {
    const payload = JSON.stringify({ pin: '1234', access_token: 'portal-secret' });

    const { dead } = readPage([row(1, { payload })], arrival());

    expect(dead[0]?.raw).toContain('not kept');
    expect(JSON.stringify(dead)).not.toMatch(/1234|portal-secret/);
  });
});

function nested(levels: number): unknown {
  return JSON.parse('{"a":'.repeat(levels) + '1' + '}'.repeat(levels));
}

describe('a month of the audit that nobody has made', () => {
  const { rejected } = normalisePush({ batch: true, events: [{ model: 5 }] }, arrival());

  it.each([
    ['a page with a dead row', () => pull(serving([row(1, { model: 7 }), row(2)]))],
    ['a refused item', () => workEventJob({ events: [], rejected }, stack)],
    ['an event that PostgreSQL refuses', () => record('odoo', [pushed(5, { payload: { n: '\u0000' } })], stack)],
  ])('is made when it is needed for %s', async (_, work) => {
    await stack.pool.query(`do $$ declare name text; begin
      for name in select inhrelid::regclass::text from pg_inherits where inhparent = 'audit_logs'::regclass loop
        execute 'drop table ' || name; end loop; end $$`);

    await work();

    expect(await stack.rows('select 1 from dead_letters')).toHaveLength(1);
    expect(await stack.rows(`select 1 from audit_logs where action = 'event.dead_lettered'`)).toHaveLength(1);
  });
});

describe('what an operator has to mend', () => {
  it.each([
    ['a database that is not there', (url: URL) => (url.pathname = '/nowhere')],
    ['a password that is wrong', (url: URL) => (url.password = 'wrong')],
    ['a role that is unknown', (url: URL) => (url.username = 'nobody')],
  ])('costs no attempt: %s', async (_, spoil) => {
    const url = new URL(stack.databaseUrl);
    spoil(url);
    const pool = createPool(url.href, stack.log, { max: 1, statementTimeoutMs: 5_000 });

    await expect(record('odoo', [pushed(5)], { ...stack, pool })).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
    });
    await pool.end();
  });

  it('costs no attempt: a database that may only be read', async () => {
    const readOnly = inTransaction(stack.pool, async (tx) => {
      await tx.query('set transaction read only');
      await tx.query('delete from webhook_events');
    });

    await expect(readOnly).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });
});

describe('an event among many that are equal to it and not dated', () => {
  it('is matched against those of its own time only, whatever else is in its batch', async () => {
    const at = (hour: number) => `2026-11-23T${String(hour).padStart(2, '0')}:00:00`;
    const hours = Array.from({ length: 24 }, (_, hour) => hour);
    await record(
      'odoo',
      hours.map((hour) => pulled(hour + 1, { timestamp: at(hour) })),
      stack,
    );
    const old = pushed(1, { payload: { other: 1 }, timestamp: '2020-01-01T00:00:00' });

    const found = await inTransaction(stack.pool, (tx) =>
      findCandidates(tx, 'odoo', [pushed(2, { timestamp: at(7) }), old]),
    );

    expect(found.map(({ pull_id }) => pull_id)).toEqual(['8']);
  });
});

describe('a job of another version', () => {
  it('does not take events without an idempotency key for one another', async () => {
    const events = [1, 2].map((n) => {
      const { idempotency_key: _missing, ...event } = pushed(null, {
        payload: { n },
        timestamp: `2026-11-23T0${n}:00:00`,
      });
      return event;
    });

    const job = WEBHOOK_EVENTS.parse(JSON.parse(JSON.stringify({ events, rejected: [] })));

    expect(await workEventJob(job, stack)).toMatchObject({ recorded: 2 });
  });
});

describe('bury', () => {
  it('stores a reason that is cut through a character', async () => {
    const { dead } = readPage([{ id: 1 }], arrival());

    await bury(
      stack,
      dead.map((letter) => ({ ...letter, error: new BridgeError('EVENT_INVALID', 'a\ud83d\u0000').message })),
    );

    expect(await stack.rows('select error from dead_letters')).toEqual([{ error: 'a\ufffd' }]);
  });

  it('counts what was committed by its reason, and leads from each letter to its audit row', async () => {
    const metrics = new Registry();
    const stores = { ...stack, meter: countEvents(metrics, ['odoo']) };
    const poison = (id: number) => pushed(id, { payload: { id, name: '\u0000' } });
    const { rejected } = normalisePush({ batch: true, events: [{ model: 5 }, { model: 5 }] }, arrival());

    await record('odoo', [poison(1), poison(2)], stores);
    await workEventJob({ events: [], rejected }, stores);
    const lost = bury(stores, rejected.map(deadItem), () => Promise.reject(new Error('fence lost')));

    await expect(lost).rejects.toThrow('fence lost');
    expect(await metrics.getSingleMetric('bridgecore_dead_letters_total')?.get()).toMatchObject({
      values: [
        { labels: { system: 'odoo', reason: '22P05' }, value: 2 },
        { labels: { system: 'odoo', reason: 'EVENT_INVALID' }, value: 2 },
      ],
    });
    const told = `select array_agg(detail ->> 'dead_letter_id' order by id) as ids from audit_logs where action = 'event.dead_lettered'`;
    expect(await stack.rows(told)).toEqual([{ ids: ['1', '2', '3', '3'] }]); // equal items are one letter
  });
});
