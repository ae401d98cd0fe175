import { until } from '@bridgecore/devkit';
import { OdooClient } from '@bridgecore/odoo';
import { LOCK, openPullStack, PullStack } from './pull-stack';

let stack: PullStack;
beforeAll(async () => {
  stack = await openPullStack();
});
afterAll(() => stack.close());
beforeEach(() => stack.begin());
afterEach(() => stack.end());

/** Short enough for the renewal to notice soon that the lock is another's. */
const dependencies = { lockTtlMs: 600 };

/** As if its time to live had run out and another worker had taken it. */
const stealLock = () => stack.redis.set(LOCK, 'another worker', 'PX', 60_000);

/** Odoo's client, with what it was asked for. */
function watched(client: OdooClient): OdooClient & { readonly asked: string[]; readonly aborted: string[] } {
  const asked: string[] = [];
  const aborted: string[] = [];
  const note = <T>(name: string, call: Promise<T>, signal?: AbortSignal): Promise<T> => {
    asked.push(name);
    return call.catch((error: unknown) => {
      if (signal?.aborted === true) aborted.push(name);
      throw error;
    });
  };
  return {
    asked,
    aborted,
    pull: (lastId, limit, signal) => note(`pull ${lastId}`, client.pull(lastId, limit, signal), signal),
    acknowledge: (ids, signal) => note('acknowledge', client.acknowledge(ids, signal), signal),
  };
}

describe('a run that loses its lock', () => {
  it('breaks off the page that it waits for, and frees nobody else’s lock', async () => {
    stack.odoo.makeEvents(3);
    stack.odoo.setFaults({ path: 'pull', hang: true });
    const odoo = watched(stack.client);
    const run = stack.run({ odoo, dependencies });
    await until(() => odoo.asked.length > 0, { what: 'the run to ask' });
    await stealLock();

    expect(await run).toMatchObject({ outcome: 'stopped' });

    expect(odoo).toMatchObject({ asked: ['pull 0'], aborted: ['pull 0'] });
    expect(await stack.redis.get(LOCK)).toBe('another worker');
  });

  it('commits nothing of a page that comes in all the same', async () => {
    stack.odoo.makeEvents(3);
    let lose: AbortSignal | undefined;
    const deaf: OdooClient = {
      ...stack.client,
      pull: async (lastId, limit, signal) => {
        const page = await stack.client.pull(lastId, limit);
        lose = signal;
        await stealLock();
        await until(() => signal?.aborted === true, { what: 'the run to lose its lock' });
        return page;
      },
    };

    expect(await stack.run({ odoo: deaf, dependencies })).toMatchObject({ outcome: 'stopped' });

    expect(lose?.aborted).toBe(true);
    expect(await stack.storedIds()).toEqual([]);
    expect(await stack.cursor()).toBe(0);
    expect(stack.unacknowledged()).toHaveLength(3);
  });

  it('acknowledges nothing when it loses it while it commits', async () => {
    stack.odoo.makeEvents(3);
    const client = watched(stack.client);
    let signal: AbortSignal | undefined;
    const odoo: OdooClient = {
      ...client,
      pull: (lastId, limit, given) => client.pull(lastId, limit, (signal = given)),
    };
    const blocker = await stack.pool.connect();
    await blocker.query('begin');
    await blocker.query(`select pg_advisory_xact_lock(hashtextextended('record odoo', 0))`);
    const run = stack.run({ odoo, dependencies });
    const waiting = `select 1 from pg_locks where locktype = 'advisory' and not granted
                        and database = (select oid from pg_database where datname = current_database())`;
    await until(async () => (await stack.rows(waiting)).length > 0, { what: 'the run to wait for its turn to record' });

    await stealLock();
    await until(() => signal?.aborted === true, { what: 'the run to know' });
    await blocker.query('commit');
    blocker.release();

    expect(await run).toMatchObject({ outcome: 'stopped' });
    expect(client.asked).not.toContain('acknowledge');
    expect(await stack.storedIds()).toHaveLength(3); // nobody else has begun: the fence held
  });

  it('breaks off the acknowledgement under way and begins no further page', async () => {
    stack.odoo.makeEvents(25);
    stack.odoo.setFaults({ path: 'mark-processed', hang: true });
    const odoo = watched(stack.client);
    const run = stack.run({ odoo, dependencies });
    await until(() => odoo.asked.includes('acknowledge'), { what: 'the first page to be acknowledged' });
    await stealLock();

    expect(await run).toMatchObject({ outcome: 'stopped' });

    expect(odoo.aborted).toEqual(['acknowledge']);
    expect(odoo.asked.filter((call) => call.startsWith('pull'))).toHaveLength(2); // the second was read ahead
    expect(await stack.storedIds()).toHaveLength(10);
  });
});

describe('a run that loses its fence', () => {
  it('commits nothing, acknowledges nothing, and breaks off the page that it reads ahead', async () => {
    stack.odoo.makeEvents(25);
    const client = watched(stack.client);
    let pages = 0;
    const odoo: OdooClient = {
      ...client,
      pull: async (lastId, limit, signal) => {
        if (++pages === 2) stack.odoo.setFaults({ path: 'pull', hang: true });
        else await stack.pool.query('update pull_cursors set fence = fence + 1'); // another run has begun
        return client.pull(lastId, limit, signal);
      },
    };

    expect(await stack.run({ odoo })).toMatchObject({ outcome: 'stopped' });

    await until(() => client.aborted.length === 1, { what: 'the page read ahead to be broken off' });
    expect(client.asked).not.toContain('acknowledge');
    expect(await stack.storedIds()).toEqual([]);
    expect(await stack.cursor()).toBe(0);
  });
});

describe('a run whose worker is to end', () => {
  it('does not wait for a page that does not come', async () => {
    stack.odoo.setFaults({ path: 'pull', hang: true });
    const worker = new AbortController();
    const odoo = watched(stack.client);
    const run = stack.run({ odoo, dependencies: { ended: worker.signal } });
    await until(() => odoo.asked.length > 0, { what: 'the run to ask' });

    worker.abort();

    expect(await run).toMatchObject({ pages: 0 });
    expect(odoo.aborted).toEqual(['pull 0']);
  });
});
