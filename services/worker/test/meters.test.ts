import { Registry } from 'prom-client';
import { normalisePush, ORIGINS } from '@bridgecore/contracts';
import { countEvents } from '../src/meters/event-meter';
import { countJobs } from '../src/meters/job-meter';
import { reasonLabel } from '../src/meters/labels';
import { countPulls } from '../src/meters/pull-meter';
import { workPullJob } from '../src/pull/pull-job';
import { workEventJob } from '../src/record/event-job';
import { record, Stores } from '../src/record/record';
import { WorkerConfig } from '../src/config';
import { openPullStack, PullStack } from './pull-stack';
import { samples } from './samples';
import { arrival, dated, pulled, pushed } from './worker-stack';

let stack: PullStack;
let metrics: Registry;
let stores: Stores;

beforeAll(async () => {
  stack = await openPullStack();
});
afterAll(() => stack.close());
beforeEach(async () => {
  await stack.begin();
  metrics = new Registry();
  stores = { ...stack, meter: countEvents(metrics, ['odoo', 'lyon']) };
});
afterEach(() => stack.end());

/** What was counted under names that begin so, without the zeros. */
async function counted(prefix: string): Promise<Record<string, number>> {
  const found = Object.entries(await samples(metrics, `bridgecore_${prefix}`));
  return Object.fromEntries(found.filter(([, value]) => value > 0));
}

const events = (outcome: string, system = 'odoo', origin = 'push'): string =>
  `{system="${system}",origin="${origin}",outcome="${outcome}"}`;

describe('events', () => {
  it('are counted where they are recorded, by system, origin and outcome', async () => {
    const poison = pushed(3, { payload: { note: '\u0000' } });
    const { rejected } = normalisePush({ batch: true, events: [{ model: 5 }] }, arrival());

    await record('odoo', [pushed(1, { payload: dated(1) }), pushed(2, { payload: dated(2) }), poison], stores);
    await record('odoo', [pulled(1, { payload: dated(1) }), pulled(9, { payload: dated(9) })], stores);
    await workEventJob({ events: [pushed(1, { payload: dated(1) })], rejected }, stores);
    await record('odoo', [pushed(2, { payload: dated(2) })], stores);

    expect(await counted('events_total')).toEqual({
      ...{ [events('recorded')]: 2, [events('dead')]: 1, [events('seen')]: 1, [events('repeat')]: 1 },
      ...{ [events('rejected')]: 1, [events('joined', 'odoo', 'pull')]: 1, [events('recorded', 'odoo', 'pull')]: 1 },
    });
  });

  it('begin at 0 for every system, origin and outcome that there is, so that a rate sees the first', async () => {
    const found = await samples(metrics, 'bridgecore_events_total');

    expect(Object.keys(found)).toHaveLength(2 * ORIGINS.length * 6);
    expect(Object.values(found).every((value) => value === 0)).toBe(true);
  });

  it('tell how old the new ones were, from Odoo and from their receipt, and nothing of the others', async () => {
    const now = Date.now();
    const at = (seconds: number): string => new Date(now - seconds * 1_000).toISOString();
    const late = pushed(1, { timestamp: at(100).slice(0, 19), arrival: { received_at: at(4) } });
    const ahead = pushed(2, { timestamp: at(-100).slice(0, 19), payload: dated(2), arrival: { received_at: at(4) } });

    await record('odoo', [late, ahead], stores);
    await record('odoo', [late], stores);

    const { values = [] } = (await metrics.getSingleMetric('bridgecore_event_latency_seconds')?.get()) ?? {};
    const sum = (from: string): number =>
      values.find((one) => one.labels['from'] === from && String(Reflect.get(one, 'metricName')).endsWith('_sum'))
        ?.value ?? NaN;
    const count = await counted('event_latency_seconds_count');
    expect(count).toEqual({
      '{system="odoo",origin="push",from="odoo"}': 2,
      '{system="odoo",origin="push",from="receipt"}': 2,
    });
    expect(sum('odoo')).toBeGreaterThanOrEqual(100); // one is not negative
    expect(sum('odoo')).toBeLessThan(160);
    expect(sum('receipt')).toBeGreaterThanOrEqual(8);
    expect(sum('receipt')).toBeLessThan(60);
  });

  it('count an id that comes again with other content', async () => {
    await record('odoo', [pulled(1, { payload: dated(1) })], stores);
    await record('odoo', [pulled(1, { payload: dated(2) })], stores);

    expect(await counted('origin_ids_reused_total')).toEqual({ '{system="odoo"}': 1 });
  });
});

describe('labels', () => {
  it('are bounded, whatever jobs and rows say', async () => {
    const odd = Array.from({ length: 30 }, (_, index) => `gone-${index}`);
    const meter = countPulls(metrics, ['odoo']);
    const jobs = countJobs(metrics, ['odoo-pull']);

    for (const system of odd) {
      await record(system, [pushed(1, { arrival: { system } })], stores);
      stores.meter?.count(system, 'push', 'rejected');
      stores.meter?.buried([{ system, reason: `REASON_${system}` }]);
      meter.run(system, `outcome-${system}`);
      jobs('odoo-pull', { outcome: `outcome-${system}`, retry: system });
    }

    const text = await metrics.metrics();
    expect(text).not.toMatch(/gone-/);
    expect(await counted('events_total{system="unknown"')).toEqual({
      ',origin="push",outcome="recorded"}': 30,
      ',origin="push",outcome="rejected"}': 30,
    });
    expect(await counted('dead_letters_total')).toEqual({ '{system="unknown",reason="other"}': 30 });
    expect(await counted('pull_runs_total')).toEqual({ '{system="unknown",outcome="done"}': 30 });
    expect(await counted('jobs_total')).toEqual({ '{queue="odoo-pull",outcome="done"}': 30 });
  });

  it.each([
    ['EVENT_INVALID', 'EVENT_INVALID'],
    ['22P05', '22P05'],
    ['23505', '23505'],
    ['TypeError', 'TypeError'],
    ['42601', 'other'],
    ['toString', 'other'],
    ['', 'other'],
    ['a reason of some other version', 'other'],
  ])('of a reason %j is %j', (reason, label) => {
    expect(reasonLabel(reason)).toBe(label);
  });
});

describe('runs of pulls', () => {
  const job = { system: 'odoo', correlation_id: 'tick-1' };
  let work: ReturnType<typeof workPullJob>;
  let ending: AbortController;

  beforeEach(() => {
    const { redis, log, client } = stack;
    const given = { redis, log, stores, meter: countPulls(metrics, ['odoo']), isRedacted: () => false };
    const config = Object.assign(new WorkerConfig(), { ODOO_SYNC_SWEEP_EVERY: 2 });
    const systems = new Map([['odoo', { id: 'odoo', odoo: client, limit: 4 }]]);
    ending = new AbortController();
    work = workPullJob(systems, { ...given, ended: ending.signal, config });
  });

  it('are counted with their pages, rows and what Odoo did not take', async () => {
    stack.odoo.makeEvents(6);
    stack.odoo.setFaults({ refuseIds: 'all' });

    await work(job);

    expect(await counted('pull_')).toEqual({
      ...{ 'runs_total{system="odoo",outcome="done"}': 1, 'pages_total{system="odoo"}': 2 },
      ...{ 'rows_total{system="odoo"}': 6, 'unacknowledged{system="odoo"}': 6 },
    });
  });

  it('are counted as failed, skipped and unknown', async () => {
    await stack.redis.set('odoo_sync:lock:odoo', 'another');
    await work(job);
    await stack.redis.del('odoo_sync:lock:odoo');
    stack.odoo.setFaults({ path: 'pull', reset: true });
    await expect(work(job)).rejects.toMatchObject({ code: 'ODOO_UNAVAILABLE' });
    await work({ ...job, system: 'gone' });

    expect(await counted('pull_runs_total')).toEqual({
      ...{ '{system="odoo",outcome="skipped"}': 1, '{system="odoo",outcome="failed"}': 1 },
      '{system="unknown",outcome="skipped"}': 1,
    });
  });

  it('are counted as postponed and stopped when they come again, and not as done', async () => {
    await stack.redis.set('odoo_sync:lock:odoo', 'another');
    await expect(work({ ...job, sweep: true })).rejects.toMatchObject({ code: 'JOB_POSTPONED' });
    await stack.redis.del('odoo_sync:lock:odoo');
    ending.abort();
    await work(job);

    expect(await counted('pull_runs_total')).toEqual({
      ...{ '{system="odoo",outcome="postponed"}': 1, '{system="odoo",outcome="stopped"}': 1 },
    });
  });

  it('count what only the sweep has found', async () => {
    const late = stack.odoo.holdBack([{ model: 'res.partner' }]);
    stack.odoo.makeEvents(2);
    await work(job);
    late.commit();
    await work(job);

    expect(await counted('sweep_finds_total')).toEqual({ '{system="odoo"}': 1 });
  });

  it('carry the id of their tick into pages, rows and audit', async () => {
    stack.odoo.makeEvents(1);

    const report = await work(job);

    expect(report).toMatchObject({ correlation_id: 'tick-1' });
    expect(stack.logged('pull.page')).toMatchObject([{ correlation_id: 'tick-1', outcome: 'done', system: 'odoo' }]);
    expect(
      await stack.rows('select correlation_id from webhook_events union select correlation_id from audit_logs'),
    ).toEqual([{ correlation_id: 'tick-1' }]);
  });
});

describe('attempts at jobs', () => {
  it('are counted by how they ended, timed, and apart when they are tried again', async () => {
    const count = countJobs(metrics, ['webhook-events']);

    count('webhook-events', { outcome: 'done' }, 0.2);
    count('webhook-events', { outcome: 'failed', retry: true }, 0.1);
    count('webhook-events', { outcome: 'failed', retry: false });
    count('webhook-events', { outcome: 'moved' });
    count('webhook-events', { outcome: 'interrupted' });

    expect(await counted('jobs_total')).toEqual({
      ...{ '{queue="webhook-events",outcome="done"}': 1, '{queue="webhook-events",outcome="failed"}': 2 },
      ...{ '{queue="webhook-events",outcome="moved"}': 1, '{queue="webhook-events",outcome="stopped"}': 1 },
    });
    expect(await counted('job_failures_total')).toEqual({
      ...{ '{queue="webhook-events",retry="true"}': 1, '{queue="webhook-events",retry="false"}': 1 },
    });
    expect(await counted('job_seconds_count')).toEqual({ '{queue="webhook-events"}': 2 });
  });
});
