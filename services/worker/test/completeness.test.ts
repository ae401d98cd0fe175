import { FakeOdoo } from '@bridgecore/devkit';
import { createOdooClient } from '@bridgecore/odoo';
import { createMetrics } from '@bridgecore/runtime';
import { showChecks } from '../src/checks/meters';
import { pullRun } from '../src/pull/pull-run';
import { answering, checkedSystem, CheckStack, openCheckStack } from './check-stack';
import { samples } from './samples';

let stack: CheckStack;
let odoo: FakeOdoo;

beforeAll(async () => {
  stack = await openCheckStack();
});
afterAll(() => stack.close());
beforeEach(async () => {
  await stack.begin();
  odoo = new FakeOdoo({ apiKey: 'key' });
  await odoo.listen();
});
afterEach(() => odoo.close());

async function pull(): Promise<void> {
  const client = createOdooClient({ url: odoo.url, apiKey: 'key', timeoutMs: 2_000 });
  const times = { lockTtlMs: 5_000, runMs: 60_000, sweepEvery: 1, ended: new AbortController().signal };
  const given = { redis: stack.redis, log: stack.log, stores: stack, isRedacted: () => false };
  await pullRun({ id: 'odoo', odoo: client, limit: 10 }, { ...given, ...times });
}

type Compared = readonly [held: number | undefined, recorded: number | undefined, ratio: number | undefined];

const UNKNOWN: Compared = [undefined, undefined, undefined];

/** A check, and what is shown then; a check before it is always long enough ago. */
async function compared(different: { keptDays?: number; settleMs?: number } = {}): Promise<Compared> {
  await stack.check([checkedSystem(odoo.url)], { settleMs: 0, ...different });
  const metrics = createMetrics('worker');
  showChecks(metrics, stack.pool, ['odoo']);
  const found = await samples(metrics, 'bridgecore_');
  return [
    found['system_events_held{system="odoo"}'],
    found['system_events_recorded{system="odoo"}'],
    found['completeness_ratio{system="odoo"}'],
  ];
}

/** A row that Odoo has and that is poison to us. */
const poison = { model: 'res.partner', fields: { name: 'a\u0000b' } };

describe('completeness', () => {
  it('is 1 when Odoo holds nothing', async () => {
    expect(await compared()).toEqual([0, 0, 1]);
  });

  it('is 1 when all that Odoo holds is recorded, acknowledged or not', async () => {
    odoo.makeEvents(7);
    odoo.setFaults({ refuseIds: [odoo.rows()[0]?.id ?? 0] });
    await pull();

    expect(odoo.rows().filter(({ is_processed }) => !is_processed)).toHaveLength(1);
    expect(await compared()).toEqual([7, 7, 1]);
  });

  it('is below 1 as soon as one of them is lost', async () => {
    odoo.makeEvents(10);
    await pull();
    await stack.pool.query('delete from webhook_events where id = (select min(id) from webhook_events)');

    expect(await compared()).toEqual(UNKNOWN); // it may only not be pulled yet
    expect(await compared()).toEqual([10, 9, 0.9]);
    expect(await compared()).toEqual([10, 9, 0.9]);
  });

  it('takes no event that only came by push for one that was pulled', async () => {
    odoo.makeEvents(4);
    await pull();
    await stack.pool.query('update webhook_events set pull_id = null, push_id = id where id = 1');

    await compared();

    expect(await compared()).toEqual([4, 3, 0.75]);
  });

  it('gives what was made since the last check its time, falls when it is not pulled by the next, and recovers', async () => {
    odoo.makeEvents(6);
    await pull();
    const before = await compared();
    odoo.makeEvents(2);

    const soon = await compared();
    const later = await compared();
    await pull();
    const pulled = await compared();

    expect([before, soon, later, pulled]).toEqual([
      [6, 6, 1],
      [6, 6, 1],
      [8, 6, 0.75],
      [8, 8, 1],
    ]);
  });

  it('goes on judging by the same moment until that is long enough ago, however often it is checked', async () => {
    odoo.makeEvents(3);
    await pull();
    await compared();
    odoo.makeEvents(1);

    const often = [await compared({ settleMs: 60_000 }), await compared({ settleMs: 60_000 })];

    expect(often).toEqual([
      [3, 3, 1],
      [3, 3, 1],
    ]);
  });

  it('counts a dead letter of a pulled row as settled, and once', async () => {
    odoo.makeEvents(2);
    odoo.commit(poison);
    await pull();
    const letters = await stack.rows('select 1 from dead_letters');
    const found = await compared();
    await stack.pool.query('delete from dead_letters');

    expect(letters).toHaveLength(1);
    expect([found, (await compared())[1]]).toEqual([[3, 3, 1], 2]);
  });

  it('does not look at what Odoo and we hold from before its day', async () => {
    odoo.makeEvents(3);
    await pull();
    await stack.pool.query(`update webhook_events set occurred_at = occurred_at - interval '25 hours' where id < 3`);
    await compared();

    expect(await compared()).toEqual([3, 1, 1 / 3]);
  });

  it('is not known when events are kept for less than the day and the time since', async () => {
    odoo.makeEvents(1);
    await pull();

    expect(await compared({ keptDays: 1 })).toEqual(UNKNOWN);
    expect(await compared({ keptDays: 2 })).toEqual([1, 1, 1]);
  });

  it('is not known, and the check goes on, when Odoo tells nothing, and what it told before stays to be compared', async () => {
    odoo.makeEvents(2);
    await compared();
    odoo.setFaults({ path: 'stats', errorText: 'broken' });
    const broken = await compared();
    odoo.setFaults([]);
    odoo.makeEvents(1);

    expect(broken).toEqual(UNKNOWN);
    expect(await compared()).toEqual([2, 0, 0]);
  });

  it('is not known of an addon that gives no numbers, and of a check by a former version', async () => {
    const empty = await answering({}, { success: true, stats: { total: 'many' } });
    await stack.check([checkedSystem(empty.url)]);
    const [found] = await stack.found();
    await stack.pool.query(`update system_checks set detail = detail - 'events_held' - 'events_recorded' - 'snapshot'`);
    const metrics = createMetrics('worker');
    showChecks(metrics, stack.pool, ['odoo']);

    expect(found?.detail).toMatchObject({ events_held: null, events_recorded: null });
    expect(Object.keys(await samples(metrics, 'bridgecore_'))).not.toContain('completeness_ratio{system="odoo"}');
    await empty.close();
  });
});
