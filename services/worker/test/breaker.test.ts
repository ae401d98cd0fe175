import { Registry } from 'prom-client';
import { FakeOdoo, until } from '@bridgecore/devkit';
import { OdooClient, OdooFailure, OdooTrouble, Page } from '@bridgecore/odoo';
import { createBreaker, withBreaker } from '../src/odoo/breaker';
import { pulledSystems } from '../src/odoo/pulled-systems';
import { openPullStack, PullStack } from './pull-stack';
import { samples } from './samples';
import { memoryLog, MemoryLog } from './worker-stack';

const PAGE: Page = { rows: [], hasMore: false };

/** An Odoo that fails as it is told to, behind a breaker. */
function setUp({ openMs = 60_000 } = {}) {
  const events: string[] = [];
  let trouble: OdooTrouble | null = null;
  let gate = Promise.resolve();
  const called = { times: 0 };
  const call = async (): Promise<void> => {
    called.times += 1;
    await gate;
    if (trouble !== null) throw new OdooFailure(trouble, `it is ${trouble}`);
  };
  const client: OdooClient = { pull: () => call().then(() => PAGE), acknowledge: () => call() };
  const breaker = createBreaker({
    system: 'odoo',
    openMs,
    opened: (reason) => events.push(`opened: ${reason}`),
    closed: () => events.push('closed'),
  });
  const guarded = withBreaker(client, breaker);
  return {
    events,
    called,
    guarded,
    fail: (with_: OdooTrouble | null) => (trouble = with_),
    hold: () => {
      let goOn: () => void = () => undefined;
      gate = new Promise<void>((resolve) => (goOn = resolve));
      return goOn;
    },
    pulls: async (times: number): Promise<string[]> => {
      const outcomes: string[] = [];
      for (let i = 0; i < times; i += 1) {
        const outcome = guarded.pull(0, 1).then(
          () => 'ok',
          (error: unknown) => (error as OdooFailure).trouble,
        );
        outcomes.push(await outcome);
      }
      return outcomes;
    },
  };
}

describe('the breaker of an Odoo', () => {
  it.each<OdooTrouble>(['unreachable', 'timeout', 'limited', 'overloaded', 'failed'])(
    'opens after five calls in a row that were %s, and then asks no more',
    async (trouble) => {
      const { fail, pulls, called, events } = setUp();
      fail(trouble);

      expect(await pulls(7)).toEqual([...Array<string>(5).fill(trouble), 'open', 'open']);

      expect(called.times).toBe(5);
      expect(events).toEqual([`opened: it is ${trouble}`]);
    },
  );

  it.each<OdooTrouble>(['denied', 'refused', 'too_large', 'aborted'])(
    'stays closed when calls are %s: Odoo is not away',
    async (trouble) => {
      const { fail, pulls, called } = setUp();
      fail(trouble);

      await pulls(8);

      expect(called.times).toBe(8);
    },
  );

  it('counts failures in a row only: an answer, also a refusal, begins anew', async () => {
    const { fail, pulls, events } = setUp();
    for (const answer of [null, 'refused'] as const) {
      fail('timeout');
      await pulls(4);
      fail(answer);
      await pulls(1);
    }

    fail('timeout');
    await pulls(4);

    expect(events).toEqual([]);
  });

  it('takes a failure inside Odoo, when acknowledging, for an answer', async () => {
    const { fail, guarded, called } = setUp();
    fail('failed');

    for (let i = 0; i < 8; i += 1) await guarded.acknowledge([1]).catch(() => undefined);

    expect(called.times).toBe(8);
  });

  it('asks again with one call at a time, and closes when it is answered', async () => {
    const { fail, pulls, called, guarded, events, hold } = setUp({ openMs: 50 });
    fail('unreachable');
    await pulls(5);
    fail(null);
    const goOn = hold();

    await until(() => pullStarted(guarded, called), { what: 'the breaker to ask again' });
    const others = [guarded.pull(0, 1), guarded.acknowledge([1])];
    await new Promise((resolve) => setImmediate(resolve));
    expect(called.times).toBe(6);
    goOn();
    await Promise.all(others);

    expect(called.times).toBe(8);
    expect(events).toEqual(['opened: it is unreachable', 'closed']);
  });

  it('stays open when it asks again in vain or the call is broken off, and says so once', async () => {
    const { fail, pulls, called, events } = setUp({ openMs: 20 });
    fail('unreachable');
    await pulls(5);
    for (const trouble of ['unreachable', 'aborted'] as const) {
      fail(trouble);
      const before = called.times;
      await until(async () => (await pulls(1))[0] === trouble, { what: 'the breaker to ask again' });
      expect(called.times).toBe(before + 1);
    }

    expect(events).toEqual(['opened: it is unreachable']);
  });
});

/** Tries a pull, and tells whether it went out. */
async function pullStarted({ pull }: OdooClient, called: { times: number }): Promise<boolean> {
  const before = called.times;
  pull(0, 1).catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  return called.times > before;
}

describe('a run of an Odoo whose breaker is open', () => {
  let stack: PullStack;
  beforeAll(async () => {
    stack = await openPullStack();
    await stack.begin();
  });
  afterAll(async () => {
    await stack.end();
    await stack.close();
  });

  it('is skipped with the reason, and goes on when Odoo is there again', async () => {
    stack.odoo.makeEvents(3);
    const noted = { opened: () => undefined, closed: () => undefined };
    const odoo = withBreaker(stack.client, createBreaker({ system: 'odoo', openMs: 200, ...noted }));
    stack.odoo.setFaults({ reset: true });
    for (let i = 0; i < 5; i += 1) await expect(stack.run({ odoo })).rejects.toMatchObject({ trouble: 'unreachable' });

    expect(await stack.run({ odoo })).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringMatching(/away/) as string,
    });

    stack.odoo.setFaults([]);
    await until(async () => (await stack.run({ odoo }))['recorded'] === 3, { what: 'the run to go through' });
  });
});

describe('a declared Odoo', () => {
  let odoo: FakeOdoo;
  let log: MemoryLog;
  let metrics: Registry;
  let client: OdooClient;

  beforeEach(async () => {
    odoo = new FakeOdoo({ apiKey: 'key' });
    log = memoryLog();
    metrics = new Registry();
    const system = { id: 'paris', url: await odoo.listen(), webhook_api_key: 'key' };
    const all = [{ ...system, sync_batch_size: 100, sync_interval_seconds: 30 }];
    const options = { timeoutMs: 1_000, breakerMs: 100, log, metrics };
    client = (pulledSystems(all, options).get('paris') as { odoo: OdooClient }).odoo;
  });
  afterEach(() => odoo.close());

  const gauge = async () => (await metrics.getSingleMetric('bridgecore_odoo_breaker_open')?.get())?.values;

  it('tells in log and metrics that its breaker has opened, and that it has closed again', async () => {
    expect(await gauge()).toMatchObject([{ labels: { system: 'paris' }, value: 0 }]);
    odoo.setFaults({ reset: true });
    for (let i = 0; i < 5; i += 1) await client.pull(0, 100).catch(() => undefined);

    expect(await gauge()).toMatchObject([{ labels: { system: 'paris' }, value: 1 }]);
    expect(log.lines).toMatchObject([{ level: 'warn', message: 'odoo.breaker_opened', system: 'paris' }]);

    odoo.setFaults([]);
    await until(() => client.pull(0, 100), { what: 'Odoo to be asked again' });

    expect(await gauge()).toMatchObject([{ labels: { system: 'paris' }, value: 0 }]);
    expect(log.lines.at(-1)).toMatchObject({ level: 'info', message: 'odoo.breaker_closed', system: 'paris' });
  });

  it('is asked for smaller pages within one pull until it can serve one', async () => {
    odoo.makeEvents(30);
    odoo.setFaults({ path: 'pull', status: 500, times: 2 });

    expect((await client.pull(0, 100)).rows).toHaveLength(25);
  });

  it('shows how its calls go: their time, what they failed by, and the rows asked for now', async () => {
    odoo.makeEvents(30);
    const before = await samples(metrics, 'bridgecore_pull_page_size');
    odoo.setFaults([{ path: 'pull', status: 500, times: 2 }]);
    await client.pull(0, 100);
    odoo.setFaults([{ path: 'mark-processed', status: 503 }]);
    await client.acknowledge([1]).catch(() => undefined);

    expect(before).toEqual({ '{system="paris"}': 100 });
    expect(await samples(metrics, 'bridgecore_pull_page_size')).toEqual({ '{system="paris"}': 25 });
    expect(await samples(metrics, 'bridgecore_odoo_failures_total')).toEqual({
      ...{ '{system="paris",trouble="failed"}': 2, '{system="paris",trouble="overloaded"}': 1 },
    });
    expect(await samples(metrics, 'bridgecore_odoo_call_seconds_count')).toEqual({
      ...{ '{system="paris",call="pull"}': 3, '{system="paris",call="acknowledge"}': 1 },
    });
  });

  it('counts no call that its breaker has forbidden, and none that we broke off', async () => {
    odoo.setFaults({ hang: true });
    const breakOff = new AbortController();
    const pulling = client.pull(0, 100, breakOff.signal).catch(() => undefined);
    breakOff.abort();
    await pulling;
    odoo.setFaults({ reset: true });
    for (let i = 0; i < 9; i += 1) await client.pull(0, 100).catch(() => undefined);

    expect(await samples(metrics, 'bridgecore_odoo_failures_total')).toEqual({
      '{system="paris",trouble="unreachable"}': 5,
    });
  });
});
