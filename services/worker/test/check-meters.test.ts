import { createPool } from '@bridgecore/database';
import { FakeOdoo } from '@bridgecore/devkit';
import { createMetrics } from '@bridgecore/runtime';
import { showChecks } from '../src/checks/meters';
import { checkedSystem, CheckStack, openCheckStack } from './check-stack';
import { samples } from './samples';

let stack: CheckStack;
let odoo: FakeOdoo;

beforeAll(async () => {
  stack = await openCheckStack();
  odoo = new FakeOdoo({ apiKey: 'key' });
  await odoo.listen();
});
afterAll(async () => {
  await odoo.close();
  await stack.close();
});
beforeEach(() => stack.begin());

/** The metrics of a worker that knows these systems. */
const workerOf = (...systems: string[]): (() => Promise<Record<string, number>>) => {
  const metrics = createMetrics('worker');
  showChecks(metrics, stack.pool, systems);
  return () => samples(metrics, 'bridgecore_system_');
};

describe('the metrics of the connection checks', () => {
  it('are the same in every worker, whichever has checked', async () => {
    const workers = [workerOf('odoo', 'gone'), workerOf('odoo', 'gone')];
    odoo.makeEvents(2);
    const nowhere = checkedSystem('http://127.0.0.1:1', { id: 'gone' });
    const key_expires_at = new Date(Date.now() + 20 * 86_400_000).toISOString();
    const rpc = async () => ({ accepted: true, version: '18.0', key_expires_at });

    await stack.check([checkedSystem(odoo.url, { api_key: 'x' }), nowhere], { rpc });
    const [first, second] = await Promise.all(workers.map((read) => read()));

    expect(first).toMatchObject({
      ...{ 'up{system="odoo"}': 1, 'up{system="gone"}': 0, 'key_accepted{system="odoo"}': 1 },
      ...{ 'clock_skew_seconds{system="odoo"}': 0, 'pending_events{system="odoo"}': 2 },
    });
    expect(first?.['checked_seconds{system="gone"}']).toBeLessThan(10);
    expect(first?.['key_expires_seconds{system="odoo"}']).toBeGreaterThan(19 * 86_400);
    expect(Object.keys(second ?? {})).toEqual(Object.keys(first ?? {}));
    expect(Object.keys(first ?? {})).not.toContain('pending_events{system="gone"}');
  });

  it('leave out a system that is no longer declared', async () => {
    await stack.check([checkedSystem(odoo.url), checkedSystem(odoo.url, { id: 'removed' })]);

    const shown = await workerOf('odoo')();

    expect(Object.keys(shown).filter((name) => name.startsWith('up'))).toEqual(['up{system="odoo"}']);
  });

  it('are left out, and the scrape does not fail, while PostgreSQL is away', async () => {
    const metrics = createMetrics('worker');
    const pool = createPool('postgres://nobody@127.0.0.1:1/none', stack.log, { max: 1, statementTimeoutMs: 1_000 });
    showChecks(metrics, pool, ['odoo']);

    expect(await samples(metrics, 'bridgecore_system_')).toEqual({});
    expect(await metrics.metrics()).toContain('process_cpu_seconds_total');
    await pool.end();
  });
});
