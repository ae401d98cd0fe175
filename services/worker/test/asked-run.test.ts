import { DEFAULT_REDACTED_FIELDS, ODOO_PULL, PullJob, redaction } from '@bridgecore/contracts';
import { until } from '@bridgecore/devkit';
import { databaseDependency } from '@bridgecore/database';
import { connectFailFast, connectPatient, consume, Consumer, disconnect, findJob, Producer } from '@bridgecore/runtime';
import { WorkerConfig } from '../src/config';
import { workPullJob } from '../src/pull/pull-job';
import { LOCK, openPullStack, PullStack } from './pull-stack';

const PREFIX = '{asked}';
const CONFIG = Object.assign(new WorkerConfig(), { ODOO_SYNC_LOCK_TTL_SECONDS: 5, ODOO_SYNC_RUN_SECONDS: 60 });

let stack: PullStack;
let redis: ReturnType<typeof connectFailFast>;
let patient: ReturnType<typeof connectPatient>;
let pulls: Producer<PullJob>;
let consumers: Consumer[];
let ended: AbortController;

beforeAll(async () => {
  stack = await openPullStack();
  redis = connectFailFast(stack.redisUrl, stack.log);
  patient = connectPatient(stack.redisUrl, stack.log);
  pulls = new Producer(ODOO_PULL, redis, PREFIX);
  await until(() => redis.status === 'ready', { what: 'Redis' });
});
beforeEach(async () => {
  await stack.begin();
  consumers = [];
  ended = new AbortController();
});
afterEach(async () => {
  await Promise.all(consumers.map((consumer) => consumer.close()));
  await stack.end();
});
afterAll(async () => {
  await Promise.all([disconnect(redis), disconnect(patient)]);
  await stack.close();
});

/** A worker of the queue, as `consumeAll` binds it. */
function work(different: Partial<WorkerConfig> = {}, signal = ended.signal): void {
  const system = { id: 'odoo', odoo: stack.client, limit: 10 };
  const isRedacted = redaction(DEFAULT_REDACTED_FIELDS);
  const config = Object.assign(new WorkerConfig(), CONFIG, different);
  const given = { redis, stores: stack, log: stack.log, isRedacted, ended: signal, config };
  const dependency = databaseDependency(stack.pool, signal);
  const queue = { definition: ODOO_PULL, concurrency: 2, redis: patient, log: stack.log, prefix: PREFIX, dependency };
  consumers.push(consume({ ...queue, work: workPullJob(new Map([['odoo', system]]), given) }));
}

const sweepJob = { system: 'odoo', sweep: true, key_id: 'operator', correlation_id: 'asked-1' };
const add = (job: PullJob, jobId: string) => pulls.add(job, { jobId });
const view = async (id: string) => (await findJob(pulls, id))?.view;
const end = (id: string) =>
  until(async () => ((await view(id))?.ended_at === null ? undefined : view(id)), { what: `${id} to end` });
const audits = () =>
  stack.rows(
    `select action, outcome, key_id, correlation_id, system, error, detail from audit_logs
      where action like 'pull.%' or action like 'sweep.%' order by id`,
  );

describe('a sweep that is asked for', () => {
  it('finds a late commit at once, although no sweep is due', async () => {
    const held = stack.odoo.holdBack({ model: 'sale.order' });
    stack.odoo.makeEvents(4);
    await stack.sweeping();
    await stack.run();
    held.commit();
    expect(await stack.run()).not.toHaveProperty('sweep');
    work();

    await add(sweepJob, 'sweep-1');

    const { state, result } = await end('sweep-1');
    expect(state).toBe('done');
    expect(result).toMatchObject({
      outcome: 'done',
      system: 'odoo',
      correlation_id: 'asked-1',
      sweep: { recorded: 1 },
    });
    expect(stack.unacknowledged()).toEqual([]);
  });

  it('is found by the id of its request in the events and in the audit, with who asked', async () => {
    stack.odoo.makeEvents(3);
    work();

    await add(sweepJob, 'sweep-1');
    await end('sweep-1');

    const recorded = await stack.rows(
      `select 1 from audit_logs where correlation_id = 'asked-1' and event_id is not null`,
    );
    expect(recorded).toHaveLength(3);
    const by = { key_id: 'operator', correlation_id: 'asked-1', system: 'odoo', error: null };
    expect(await audits()).toEqual([
      {
        ...{ action: 'sweep.done', outcome: 'done', ...by },
        detail: expect.objectContaining({ recorded: 3, pages: 1, sweep: expect.anything() as unknown }) as unknown,
      },
    ]);
  });

  it('comes although sweeps are slowed, since nothing but what Odoo holds on to was met', async () => {
    stack.odoo.makeEvents(2);
    stack.odoo.setFaults({ path: 'mark-processed', refuseIds: 'all' });
    await stack.run();
    await stack.sweeping();
    expect(await stack.sweeping()).not.toHaveProperty('sweep');
    work();

    await add(sweepJob, 'sweep-1');

    expect((await end('sweep-1')).result).toMatchObject({ sweep: { repeat: 2, unacknowledged: 2 } });
  });

  it('waits for the run that holds the lock, and is then done, without an attempt lost', async () => {
    stack.odoo.makeEvents(2);
    await stack.redis.set(LOCK, 'another worker', 'PX', 60_000);
    work();
    await add(sweepJob, 'sweep-1');
    await until(async () => (await view('sweep-1'))?.state === 'delayed', { what: 'the sweep to wait' });
    const before = await stack.storedIds();

    await stack.redis.del(LOCK);

    expect(await end('sweep-1')).toMatchObject({ state: 'done', result: { outcome: 'done', recorded: 2 } });
    expect(before).toEqual([]);
    expect(await audits()).toHaveLength(1);
  });

  it('says so when the lock is not free for longer than any run takes', async () => {
    await stack.redis.set(LOCK, 'another worker', 'PX', 60_000);
    work({ ODOO_SYNC_RUN_SECONDS: 1, ODOO_SYNC_LOCK_TTL_SECONDS: 1 }); // two starts

    await add(sweepJob, 'sweep-1');

    const reason = 'another worker holds the lock';
    expect(await end('sweep-1')).toMatchObject({ state: 'done', result: { outcome: 'skipped', reason } });
    expect(await audits()).toMatchObject([{ action: 'sweep.skipped', outcome: 'skipped', detail: { reason } }]);
  });

  it('is done twice, one after the other, when it is asked for twice at once', async () => {
    stack.odoo.makeEvents(30);
    work();

    await Promise.all([add(sweepJob, 'sweep-1'), add({ ...sweepJob, correlation_id: 'asked-2' }, 'sweep-2')]);

    const views = await Promise.all([end('sweep-1'), end('sweep-2')]);
    expect(views).toMatchObject([{ result: { outcome: 'done' } }, { result: { outcome: 'done' } }]);
    expect(views.map(({ result }) => result?.['sweep'])).toEqual([expect.anything(), expect.anything()]);
    expect(await stack.storedIds()).toHaveLength(30);
    expect(stack.unacknowledged()).toEqual([]);
  });

  it('is done by another worker when this one is to end', async () => {
    stack.odoo.makeEvents(2);
    const leaving = new AbortController();
    leaving.abort();
    work({}, leaving.signal);
    await add(sweepJob, 'sweep-1');
    await until(async () => (await view('sweep-1'))?.state === 'delayed', { what: 'the sweep to wait' });
    await Promise.all(consumers.map((consumer) => consumer.close()));

    work();

    expect(await end('sweep-1')).toMatchObject({
      result: { outcome: 'done', recorded: 2, sweep: expect.anything() as unknown },
    });
  });

  it('fails with the reason when Odoo is away, which the audit tells too', async () => {
    stack.odoo.setFaults({ path: 'pull', status: 500 });
    work();

    await add(sweepJob, 'sweep-1');

    const { state, error } = await end('sweep-1');
    expect(state).toBe('failed');
    expect(error).toContain('500');
    expect(await audits()).toMatchObject([{ action: 'sweep.failed', outcome: 'failed', error, key_id: 'operator' }]);
  });

  it('tells that this worker does not know the system', async () => {
    work();

    await add({ ...sweepJob, system: 'removed' }, 'sweep-1');

    expect((await end('sweep-1')).result).toMatchObject({ outcome: 'skipped' });
    expect(await audits()).toMatchObject([{ action: 'sweep.skipped', system: 'removed' }]);
  });
});

describe('a pull that is asked for', () => {
  it('does no sweep that is not due, and is in the audit', async () => {
    stack.odoo.makeEvents(1);
    await stack.sweeping();
    stack.odoo.makeEvents(2);
    work();

    await add({ system: 'odoo', key_id: 'operator', correlation_id: 'asked-1' }, 'pull-1');

    const { result } = await end('pull-1');
    expect(result).toMatchObject({ recorded: 2 });
    expect(result).not.toHaveProperty('sweep');
    expect(await audits()).toMatchObject([{ action: 'pull.done', key_id: 'operator', correlation_id: 'asked-1' }]);
  });

  it('waits for the run that holds the lock', async () => {
    await stack.redis.set(LOCK, 'another worker', 'PX', 60_000);
    work();
    await add({ system: 'odoo', key_id: 'operator', correlation_id: 'asked-1' }, 'pull-1');
    await until(async () => (await view('pull-1'))?.state === 'delayed', { what: 'the pull to wait' });

    await stack.redis.del(LOCK);

    expect((await end('pull-1')).result).toMatchObject({ outcome: 'done' });
  });
});

describe('a tick', () => {
  it('is worked as before when it names nothing but its system, and leaves no row of its own in the audit', async () => {
    stack.odoo.makeEvents(1);
    work();

    await add({ system: 'odoo' }, 'tick-1');

    const { result } = await end('tick-1');
    expect(result).toMatchObject({ outcome: 'done', recorded: 1, correlation_id: expect.any(String) as string });
    expect(await audits()).toEqual([]);
  });

  it('waits for nobody: the next one does its work', async () => {
    await stack.redis.set(LOCK, 'another worker', 'PX', 60_000);
    work();

    await add({ system: 'odoo', correlation_id: 'tick-of-now' }, 'tick-1');

    expect((await end('tick-1')).result).toMatchObject({ outcome: 'skipped', correlation_id: 'tick-of-now' });
  });
});
