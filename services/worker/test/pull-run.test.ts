import { DEFAULT_REDACTED_FIELDS, redaction } from '@bridgecore/contracts';
import { FakeOdoo, until } from '@bridgecore/devkit';
import { createOdooClient, OdooClient } from '@bridgecore/odoo';
import { PullDependencies, PulledSystem, pullRun } from '../src/pull/pull-run';
import { record } from '../src/record/record';
import { clear, openWorkerStack, pushed, WorkerStack } from './worker-stack';

const LOCK = 'odoo_sync:lock:odoo';
let stack: WorkerStack;
let odoo: FakeOdoo;
let client: OdooClient;
let dependencies: PullDependencies;

beforeAll(async () => {
  stack = await openWorkerStack();
});
afterAll(() => stack.close());

beforeEach(async () => {
  await clear(stack.pool);
  await stack.redis.flushdb();
  odoo = new FakeOdoo({ apiKey: 'key', gapRate: 0.2 });
  client = createOdooClient({ url: await odoo.listen(), apiKey: 'key', timeoutMs: 2_000 });
  const isRedacted = redaction(DEFAULT_REDACTED_FIELDS);
  const { redis, log } = stack;
  dependencies = {
    redis,
    stores: stack,
    log,
    isRedacted,
    lockTtlMs: 5_000,
    runMs: 60_000,
    sweepEvery: 1_000,
    ended: new AbortController().signal,
  };
});
afterEach(() => odoo.close());

const system = (different: Partial<PulledSystem> = {}): PulledSystem => ({
  id: 'odoo',
  odoo: client,
  limit: 10,
  ...different,
});
const run = (different: Partial<PulledSystem> = {}) => pullRun(system(different), dependencies);
const sweeping = () => pullRun(system(), { ...dependencies, sweepEvery: 1 });

const unacknowledged = () => odoo.rows().filter(({ is_processed }) => !is_processed).length;
const storedIds = async () =>
  (await stack.rows<{ pull_id: string }>('select pull_id from webhook_events order by id')).map(({ pull_id }) =>
    Number(pull_id),
  );
const cursor = async () =>
  Number((await stack.rows<{ last_event_id: string }>('select last_event_id from pull_cursors'))[0]?.last_event_id);

describe('a pull run', () => {
  it('records every page of every priority and acknowledges what is stored', async () => {
    odoo.makeEvents(35);

    const report = await run();

    expect(report).toMatchObject({ pages: 4, events: 35, recorded: 35 });
    expect(await storedIds()).toEqual(odoo.rows().map(({ id }) => id));
    expect(new Set(odoo.rows().map(({ priority }) => priority)).size).toBeGreaterThan(1);
    expect(unacknowledged()).toBe(0);
    expect(await cursor()).toBe(odoo.rows().at(-1)?.id);
  });

  it('goes on behind its cursor in the next run', async () => {
    odoo.makeEvents(12);
    await run();
    odoo.makeEvents(3);

    expect(await run()).toMatchObject({ pages: 1, recorded: 3 });
    expect(await storedIds()).toHaveLength(15);
  });

  it('stores the user, whom only the pull knows', async () => {
    odoo.commit({ model: 'sale.order', user: { id: 7, name: 'Marc Demo' } });

    await run();

    expect(await stack.rows('select user_id, user_name from webhook_events')).toEqual([
      { user_id: 7, user_name: 'Marc Demo' },
    ]);
  });

  it('asks once more than needed when Odoo says that there is more, and ends at the empty page', async () => {
    odoo.makeEvents(4);
    const asked: number[] = [];
    const lying: OdooClient = {
      ...client,
      pull: async (lastId, limit) => {
        asked.push(lastId);
        return { ...(await client.pull(lastId, limit)), hasMore: true };
      },
    };

    expect(await run({ odoo: lying })).toMatchObject({ pages: 1, recorded: 4 });
    expect(asked).toHaveLength(2);
  });

  it('ends when Odoo gives the same page again and again', async () => {
    odoo.makeEvents(4);
    const stuck: OdooClient = {
      ...client,
      pull: async (_, limit) => ({ ...(await client.pull(0, limit)), hasMore: true }),
      acknowledge: () => Promise.resolve(),
    };

    await run({ odoo: stuck });

    expect(await storedIds()).toHaveLength(4);
  });

  it('moves nothing when Odoo fails inside with success: true', async () => {
    odoo.makeEvents(4);
    odoo.setFaults({ path: 'pull', errorText: 'relation is locked' });

    await expect(run()).rejects.toMatchObject({ code: 'ODOO_UNAVAILABLE' });

    expect(await cursor()).toBe(0);
    odoo.setFaults([]);
    expect(await run()).toMatchObject({ recorded: 4 });
  });

  it('keeps the pages before the one that fails', async () => {
    odoo.makeEvents(25);
    let pages = 0;
    const failing: OdooClient = {
      ...client,
      pull: (lastId, limit) => (++pages === 3 ? Promise.reject(new Error('cut')) : client.pull(lastId, limit)),
    };

    await expect(run({ odoo: failing })).rejects.toThrow('cut');

    expect(await storedIds()).toHaveLength(20);
    expect(await run()).toMatchObject({ recorded: 5 });
  });

  it('acknowledges after the commit and never before', async () => {
    odoo.makeEvents(12);
    const stored: number[] = [];
    const watched: OdooClient = {
      ...client,
      acknowledge: async (ids) => {
        const rows = await stack.rows('select 1 from webhook_events where pull_id = any($1)', [ids]);
        stored.push(rows.length - ids.length);
        await client.acknowledge(ids);
      },
    };

    await run({ odoo: watched });

    expect(stored).toEqual([0, 0]);
  });

  it('buries a row that is no event, acknowledges it too, and goes on', async () => {
    odoo.makeEvents(3);
    const broken: OdooClient = {
      ...client,
      pull: async (lastId, limit) => {
        const page = await client.pull(lastId, limit);
        return {
          ...page,
          rows: page.rows.map((row, at) => (at === 1 ? { ...(row as object), model: 7, payload: { pin: '1' } } : row)),
        };
      },
    };

    expect(await run({ odoo: broken })).toMatchObject({ recorded: 2, dead: 1 });

    const [letter] = await stack.rows<{ origin_id: string; reason: string; raw: string }>('select * from dead_letters');
    expect(letter).toMatchObject({ origin_id: String(odoo.rows()[1]?.id), reason: 'EVENT_INVALID' });
    expect(JSON.parse(letter?.raw ?? '')).toMatchObject({ model: 7, payload: {} });
    expect(unacknowledged()).toBe(0);
  });

  it('joins what was pushed before', async () => {
    const [written] = odoo.commit({ model: 'sale.order' });
    const { payload, record_id, timestamp } = written?.pull as {
      payload: object;
      record_id: number;
      timestamp: string;
    };
    await record(
      'odoo',
      [pushed(1, { payload: payload as Record<string, unknown>, record_id, timestamp, operation: 'create' })],
      stack,
    );

    expect(await run()).toMatchObject({ joined: 1 });
    expect(await storedIds()).toEqual([written?.pullId]);
  });
});

describe('the lock and the fence of a run', () => {
  it('lets another worker do the work when it holds the lock, and frees only its own lock', async () => {
    odoo.makeEvents(2);
    await stack.redis.set(LOCK, 'another worker');

    expect(await run()).toMatchObject({ outcome: 'skipped' });
    expect(await stack.redis.get(LOCK)).toBe('another worker');

    await stack.redis.del(LOCK);
    expect(await run()).toMatchObject({ recorded: 2 });
    expect(await stack.redis.exists(LOCK)).toBe(0);
  });

  it('writes nothing when another run has begun while Odoo was slow', async () => {
    odoo.makeEvents(2);
    let goOn: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    let isWaiting = false;
    const slow: OdooClient = {
      ...client,
      pull: async (lastId, limit) => {
        const page = await client.pull(lastId, limit);
        isWaiting = true;
        await gate;
        return page;
      },
    };
    const late = run({ odoo: slow });
    await until(() => isWaiting, { what: 'the slow run to have read its page' });

    await stack.redis.del(LOCK); // as if its time to live had run out
    const next = await run();
    goOn();

    expect(next).toMatchObject({ recorded: 2 });
    expect(await late).toMatchObject({ outcome: 'stopped' });
    expect(await storedIds()).toHaveLength(2);
  });

  it('pulls one system once when many workers are told to at the same time', async () => {
    odoo.makeEvents(30);

    const reports = await Promise.all(Array.from({ length: 6 }, () => run()));

    expect(reports.filter(({ outcome }) => outcome === 'skipped').length).toBe(5);
    expect(await storedIds()).toHaveLength(30);
  });
});

describe('the sweep', () => {
  it('finds an event that became visible after the cursor had passed its id', async () => {
    const held = odoo.holdBack({ model: 'sale.order' });
    odoo.makeEvents(3);
    await run();
    const [late] = held.commit();
    expect(late?.pullId).toBeLessThan(await cursor());

    expect(await sweeping()).toMatchObject({ pages: 0, sweep: { recorded: 1 } });

    expect(await storedIds()).toContain(late?.pullId);
    expect(unacknowledged()).toBe(0);
  });

  it('acknowledges again what was stored when the acknowledgement was lost, and doubles nothing', async () => {
    odoo.makeEvents(5);
    odoo.setFaults({ path: 'mark-processed', status: 503, times: 1 });
    expect(await run()).toMatchObject({ recorded: 5, unacknowledged: 5 });

    expect(await sweeping()).toMatchObject({ sweep: { repeat: 5 } });

    expect(unacknowledged()).toBe(0);
    expect(await storedIds()).toHaveLength(5);
  });

  it('follows a database that was reset', async () => {
    odoo.makeEvents(20);
    await run();
    const before = await cursor();
    odoo.resetDatabase();
    odoo.makeEvents(4);

    expect(await sweeping()).toMatchObject({ sweep: { recorded: 4 } });
    expect(await cursor()).toBeLessThan(before);
    odoo.makeEvents(2);
    expect(await run()).toMatchObject({ recorded: 2 });
    expect(await stack.rows(`select 1 from audit_logs where action = 'origin_id_reused'`)).not.toHaveLength(0);
  });

  it('comes by itself after an idle run, and then not again for a while', async () => {
    odoo.makeEvents(1);

    const reports = [await run(), await run(), await run()];

    expect(reports.map((report) => 'sweep' in report)).toEqual([false, true, false]);
  });
});
