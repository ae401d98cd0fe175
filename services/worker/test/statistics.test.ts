import { Registry } from 'prom-client';
import { ODOO_PULL, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { createPool } from '@bridgecore/database';
import { connectFailFast, disconnect, JobReport, Producer } from '@bridgecore/runtime';
import { showSystems } from '../src/statistics/meters';
import { takeStatistics } from '../src/statistics/take-statistics';
import { openPullStack, PullStack } from './pull-stack';
import { samples } from './samples';

let stack: PullStack;

beforeAll(async () => {
  stack = await openPullStack();
});
afterAll(() => stack.close());
beforeEach(() => stack.begin());
afterEach(() => stack.end());

const take = (systems = ['odoo'], pool = stack.pool): Promise<JobReport> =>
  takeStatistics({ redis: stack.redis, pool, systems })({ kind: 'statistics', key_id: null, correlation_id: null });

/** What a worker shows that knows these systems. */
async function shown(systems = ['odoo', 'lyon'], pool = stack.pool): Promise<Record<string, number>> {
  const metrics = new Registry();
  showSystems(metrics, pool, systems);
  return samples(metrics, 'bridgecore_');
}

const bury = (system: string, status = 'open'): Promise<unknown> =>
  stack.pool.query(
    `insert into dead_letters (system, origin, raw, raw_hash, reason, error, correlation_id, status)
     values ($1, 'push', '{}', gen_random_uuid(), '22P05', 'unsupported', 'request-1', $2)`,
    [system, status],
  );

const away = () => createPool('postgres://nobody@127.0.0.1:1/none', stack.log, { max: 1, statementTimeoutMs: 1_000 });

describe('the line of the statistics', () => {
  it('has the depth of every queue with the age of its oldest job, and how each system stands', async () => {
    const events = new Producer(WEBHOOK_EVENTS, stack.redis);
    await events.add({ events: [], rejected: [] }, { timestamp: Date.now() - 600_000 });
    await events.add({ events: [], rejected: [] });
    await new Producer(ODOO_PULL, stack.redis).add({ system: 'odoo' }, { delay: 60_000 });
    await Promise.all([bury('odoo'), bury('gone')]);
    await stack.run();

    const report = await take(['odoo', 'lyon']);

    expect(report).toMatchObject({
      queues: {
        'webhook-events': { waiting: 2, oldest_seconds: expect.any(Number) as number },
        'odoo-pull': { delayed: 1, oldest_seconds: null },
        ...{ ticks: { oldest_seconds: null }, maintenance: {}, 'data-sync': {} },
      },
      systems: {
        odoo: { dead_letters_open: 1, pull_lag_seconds: expect.any(Number) as number },
        lyon: { dead_letters_open: 0, pull_lag_seconds: null },
        gone: { dead_letters_open: 1, pull_lag_seconds: null },
      },
    });
  });

  it('still counts the queues while PostgreSQL is away', async () => {
    const pool = away();

    const report = await take(['odoo'], pool);

    expect(report).toMatchObject({ queues: { ticks: {} }, missing: expect.stringContaining('PostgreSQL') as string });
    expect(report).not.toHaveProperty('systems');
    await pool.end();
  });

  it('fails, to be tried again, while Redis is away', async () => {
    const redis = connectFailFast('redis://127.0.0.1:1', stack.log);

    const taking = takeStatistics({ redis, pool: stack.pool, systems: [] });

    await expect(taking({ kind: 'statistics', key_id: null, correlation_id: null })).rejects.toMatchObject({
      retry: true,
    });
    await disconnect(redis);
  });
});

describe('the metrics of the systems', () => {
  it('count the open dead letters now, those of undeclared systems together', async () => {
    await Promise.all([bury('odoo'), bury('odoo'), bury('odoo', 'discarded'), bury('gone'), bury('forgotten')]);

    expect(await shown()).toEqual({
      'dead_letters_open{system="odoo"}': 2,
      'dead_letters_open{system="lyon"}': 0,
      'dead_letters_open{system="unknown"}': 2,
    });
  });

  it('tell how long ago a pull has succeeded, whatever has failed since', async () => {
    await stack.run();
    await stack.pool.query(`update pull_cursors set succeeded_at = now() - interval '200 seconds'`);
    stack.odoo.setFaults({ path: 'pull', reset: true });
    await stack.run().catch(() => undefined);

    const behind = (await shown())['pull_lag_seconds{system="odoo"}'];
    stack.odoo.setFaults([]);
    await stack.run();
    const found = await shown();

    expect(behind).toBeGreaterThanOrEqual(200);
    expect(behind).toBeLessThan(300);
    expect(found['pull_lag_seconds{system="odoo"}']).toBeLessThan(10);
    expect(Object.keys(found)).not.toContain('pull_lag_seconds{system="lyon"}');
  });

  it('take a recorded page for a success too', async () => {
    await stack.run();
    await stack.pool.query(
      `update pull_cursors set succeeded_at = now() - interval '1 hour', last_event_at = now() - interval '50 seconds'`,
    );

    const lag = (await shown())['pull_lag_seconds{system="odoo"}'];

    expect(lag).toBeGreaterThanOrEqual(50);
    expect(lag).toBeLessThan(100);
  });

  it('are left out, and the scrape does not fail, while PostgreSQL is away', async () => {
    const pool = away();

    expect(await shown(['odoo'], pool)).toEqual({});

    await pool.end();
  });
});
