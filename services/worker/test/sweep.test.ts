import { openPullStack, PullStack } from './pull-stack';

let stack: PullStack;
beforeAll(async () => {
  stack = await openPullStack();
});
afterAll(() => stack.close());
beforeEach(() => stack.begin());
afterEach(() => stack.end());

const interval = async () => {
  const [row] = await stack.rows<{ seconds: number }>('select sweep_interval_seconds as seconds from pull_cursors');
  return row?.seconds;
};

/** Lets the time of the interval go by, as PostgreSQL sees it. */
const rest = () =>
  stack.pool.query('update pull_cursors set swept_at = swept_at - make_interval(secs => sweep_interval_seconds)');

describe('the interval of the sweep', () => {
  beforeEach(async () => {
    stack.odoo.makeEvents(5);
    stack.odoo.setFaults({ path: 'mark-processed', refuseIds: 'all' });
    await stack.run();
  });

  it('doubles up to an hour while it meets only rows that Odoo does not let it acknowledge', async () => {
    const intervals = [];
    for (let sweep = 0; sweep < 8; sweep += 1) {
      expect(await stack.sweeping()).toHaveProperty('sweep.repeat', 5);
      intervals.push(await interval());
      await rest();
    }

    expect(intervals).toEqual([120, 240, 480, 960, 1_920, 3_600, 3_600, 3_600]);
  });

  it('bounds the sweep of every so-many-th run too, for all workers', async () => {
    expect(await stack.sweeping()).toHaveProperty('sweep');

    expect(await stack.sweeping()).not.toHaveProperty('sweep');
    await rest();
    expect(await stack.sweeping()).toHaveProperty('sweep');
  });

  it('is normal again when Odoo takes one of them', async () => {
    await stack.sweeping();
    await rest();
    const [first] = stack.odoo.rows();
    stack.odoo.setFaults({ path: 'mark-processed', refuseIds: [first?.id ?? 0] });

    expect(await stack.sweeping()).toHaveProperty('sweep.unacknowledged', 1);

    expect(await interval()).toBe(60);
  });

  it('is normal again when it meets something new', async () => {
    const held = stack.odoo.holdBack({ model: 'sale.order' });
    stack.odoo.makeEvents(1);
    await stack.run();
    await stack.sweeping();
    expect(await interval()).toBe(120);
    await rest();
    held.commit();

    expect(await stack.sweeping()).toHaveProperty('sweep.recorded', 1);

    expect(await interval()).toBe(60);
  });

  it('stays normal when Odoo only has too much to do', async () => {
    stack.odoo.setFaults({ path: 'mark-processed', status: 503 });

    expect(await stack.sweeping()).toHaveProperty('sweep.unacknowledged', 5);

    expect(await interval()).toBe(60);
  });

  it('doubles for a dead letter that Odoo does not let go, too', async () => {
    const poisoned = {
      ...stack.client,
      pull: async (lastId: number, limit: number) => {
        const page = await stack.client.pull(lastId, limit);
        return { ...page, rows: page.rows.map((row) => ({ ...(row as object), model: 7 })) };
      },
    };

    await stack.sweeping({ odoo: poisoned });

    expect(await interval()).toBe(120);
  });
});

describe('a database that was reset', () => {
  it('is recorded, audited and told to an operator, once per run', async () => {
    stack.odoo.makeEvents(20);
    await stack.run();
    stack.odoo.resetDatabase();
    stack.odoo.makeEvents(14);

    const report = await stack.sweeping();

    expect(report).toMatchObject({ sweep: { recorded: 14 } });
    const audited = await stack.rows(`select 1 from audit_logs where action = 'origin_id_reused'`);
    expect(stack.logged('odoo.database_reset')).toMatchObject([
      { level: 'warn', system: 'odoo', correlation_id: report['correlation_id'], rows: audited.length },
    ]);
    expect(audited.length).toBeGreaterThan(1);
    expect(stack.unacknowledged()).toEqual([]);
  });

  it('is told also when the run fails after it', async () => {
    stack.odoo.makeEvents(20);
    await stack.run();
    stack.odoo.resetDatabase();
    stack.odoo.makeEvents(14);
    let pages = 0;
    const failing = {
      ...stack.client,
      pull: (lastId: number, limit: number) =>
        ++pages === 3 ? Promise.reject(new Error('cut')) : stack.client.pull(lastId, limit),
    };

    await expect(stack.sweeping({ odoo: failing })).rejects.toThrow('cut');

    expect(stack.logged('odoo.database_reset')).toHaveLength(1);
  });
});
