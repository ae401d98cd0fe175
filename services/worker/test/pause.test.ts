import { FakeOdoo } from '@bridgecore/devkit';
import { createOdooClient } from '@bridgecore/odoo';
import { openPullStack, PullStack } from './pull-stack';

const KEY = '{bridgecore}:odoo:pause:odoo';

describe('an Odoo that asks to be left alone', () => {
  let stack: PullStack;
  beforeAll(async () => {
    stack = await openPullStack();
  });
  afterAll(() => stack.close());
  beforeEach(() => stack.begin());
  afterEach(() => stack.end());

  it.each([429, 503])('by %p with Retry-After is not asked again by any worker before then', async (status) => {
    stack.odoo.makeEvents(3);
    stack.odoo.setFaults({ path: 'pull', status, retryAfter: 90, times: 1 });
    await expect(stack.run()).rejects.toMatchObject({ code: 'ODOO_UNAVAILABLE', retryAfterSeconds: 90 });
    const until = await stack.redis.get(KEY);
    const another = createOdooClient({ url: stack.odoo.url, apiKey: 'key', timeoutMs: 2_000 });

    const report = await stack.run({ odoo: another });

    expect(report).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('left alone') as string,
      until,
    });
    expect(await stack.redis.pttl(KEY)).toBeGreaterThan(60_000);
    expect(stack.odoo.requests()).toEqual({ pull: { [status]: 1 } });
    expect(stack.logged('odoo.paused')).toMatchObject([{ level: 'warn', system: 'odoo', until }]);
  });

  it('is asked again when that time is over', async () => {
    stack.odoo.makeEvents(3);
    stack.odoo.setFaults({ path: 'pull', status: 429, retryAfter: 90, times: 1 });
    await stack.run().catch(() => undefined);
    await stack.redis.del(KEY); // as its time to live does

    expect(await stack.run()).toMatchObject({ recorded: 3 });
  });

  it('when it is to acknowledge gets no further call of that run', async () => {
    stack.odoo.makeEvents(25);
    stack.odoo.setFaults({ path: 'mark-processed', status: 503, retryAfter: 90 });

    await expect(stack.run()).rejects.toMatchObject({ retryAfterSeconds: 90 });

    expect(stack.odoo.requests()['mark-processed']).toEqual({ 503: 1 });
    expect(stack.odoo.requests()['pull']?.[200]).toBeLessThanOrEqual(2); // the second was under way
    expect(await stack.redis.exists(KEY)).toBe(1);
  });

  it('by a 503 without Retry-After is asked again at the next tick', async () => {
    stack.odoo.setFaults({ path: 'pull', status: 503, times: 1 });
    await expect(stack.run()).rejects.toMatchObject({ code: 'ODOO_UNAVAILABLE' });

    expect(await stack.run()).toMatchObject({ pages: 0 });
  });

  it('is asked when Redis cannot tell', async () => {
    const redis = new Proxy(stack.redis, {
      get: (target, name) => {
        if (name === 'get') return () => Promise.reject(new Error('Command timed out'));
        const value = Reflect.get(target, name) as unknown;
        return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
      },
    });
    stack.odoo.makeEvents(2);

    expect(await stack.run({ dependencies: { redis } })).toMatchObject({ recorded: 2 });
  });

  it('holds up no other Odoo', async () => {
    const lyon = new FakeOdoo({ apiKey: 'key' });
    const url = await lyon.listen();
    lyon.makeEvents(2);
    await stack.redis.set('{bridgecore}:odoo:pause:paris', 'later');

    expect(await stack.run({ odoo: createOdooClient({ url, apiKey: 'key', timeoutMs: 2_000 }) })).toMatchObject({
      recorded: 2,
    });
    await lyon.close();
  });
});
