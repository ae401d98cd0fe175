import { Registry } from 'prom-client';
import { QUEUES } from '@bridgecore/contracts';
import { createTestRedis, until } from '@bridgecore/devkit';
import { countTicks } from '../src/meters';
import { Queues, run, Running, schedules } from './scheduler-stack';

let url: string;
let prefix: string;
let queues: Queues;
let scheduler: Running;
let count = 0;

beforeAll(async () => {
  ({ url } = await createTestRedis());
});

beforeEach(async () => {
  prefix = `meters-${(count += 1)}`;
  queues = new Queues(url, prefix);
  scheduler = run(url, prefix, schedules(3_600_000, 'odoo', 'lyon'));
  await queues.ticked(2);
});

afterEach(async () => {
  await scheduler.stop();
  await queues.close();
});

async function shown(registry = scheduler.metrics): Promise<Record<string, number>> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('bridgecore_'));
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', value] = line.slice('bridgecore_'.length).split(/ (?=\S+$)/);
      return [name.replace(',service="scheduler"', ''), Number(value)];
    }),
  );
}

describe('the metrics of a scheduler', () => {
  it('show every queue as it is at the scrape', async () => {
    const before = await shown();
    await queues.maintenance.add('maintenance', {}, { timestamp: Date.now() - 600_000 });
    const after = await shown();

    expect(before).toMatchObject({
      'queue_depth{queue="odoo-pull",state="waiting"}': 2,
      'queue_depth{queue="maintenance",state="waiting"}': 0,
      'queue_depth{queue="ticks",state="delayed"}': 2,
      ...{ 'queue_oldest_seconds{queue="maintenance"}': 0, 'queue_oldest_seconds{queue="ticks"}': 0 },
    });
    expect(after['queue_depth{queue="maintenance",state="waiting"}']).toBe(1);
    expect(after['queue_oldest_seconds{queue="maintenance"}']).toBeGreaterThanOrEqual(600);
    expect(Object.keys(after).filter((name) => name.startsWith('queue_oldest'))).toHaveLength(QUEUES.length);
  });

  it('show how long a tick has been due, of its own schedules only', async () => {
    const longAgo = Date.now() - 200_000;
    await queues.redis.zadd(`${prefix}:ticks:repeat`, longAgo, 'pull-lyon');
    await queues.ticks.upsertJobScheduler('pull-foreign', { every: 3_600_000 }, { name: 'pull', data: {} });

    const found = await shown();

    expect(found['schedule_late_seconds{schedule="pull-odoo"}']).toBe(0);
    expect(found['schedule_late_seconds{schedule="pull-lyon"}']).toBeGreaterThanOrEqual(200);
    expect(Object.keys(found).join()).not.toContain('foreign');
  });

  it('count the ticks by kind, those of another version together', async () => {
    const registry = new Registry();
    const tick = countTicks(registry);

    for (const kind of ['pull', 'pull', 'clean-up', 'anything', 'else']) tick(kind);

    expect((await shown())['ticks_total{kind="pull"}']).toBe(2);
    expect(await shown(registry)).toEqual({
      ...{ 'ticks_total{kind="pull"}': 2, 'ticks_total{kind="clean-up"}': 1, 'ticks_total{kind="other"}': 2 },
      ...{ 'ticks_total{kind="connection-check"}': 0, 'ticks_total{kind="statistics"}': 0 },
    });
  });

  it('leave the queues out, and do not fail, while Redis is away', async () => {
    await scheduler.stop();
    const away = run('redis://127.0.0.1:1', prefix, schedules(1_000, 'odoo'));
    await until(() => away.named('redis.down').length, { what: 'the outage to be noticed' });

    const found = Object.keys(await shown(away.metrics));

    expect(found.filter((name) => /^(queue_depth|queue_oldest|schedule_late|redis)/.test(name))).toEqual([]);
    expect(found).toContain('ticks_total{kind="pull"}');
    await away.stop();
  });
});
