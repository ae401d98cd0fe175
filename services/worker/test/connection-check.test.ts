import { RpcCheck } from '@bridgecore/contracts';
import { FakeOdoo, Fault, until } from '@bridgecore/devkit';
import { OdooFailure, rpcAsker } from '@bridgecore/odoo';
import { answering, checkedSystem, CheckStack, openCheckStack } from './check-stack';

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

const logged = () => stack.log.lines.filter(({ message }) => message === 'system.check');

describe('the connection check', () => {
  it('finds nothing wrong with an Odoo that answers, and takes nothing from it', async () => {
    odoo.makeEvents(3);

    const report = await stack.check([checkedSystem(odoo.url)]);

    expect(report).toEqual({ correlation_id: 'round-1', ok: 1 });
    const findings = {
      ...{ problems: [], reachable: true, key_accepted: true, addon_version: '2.0.0', clock_skew_seconds: 0 },
      ...{ pending_events: 3, key_expires_at: null, rpc: { configured: false } },
    };
    expect(await stack.found()).toMatchObject([{ system: 'odoo', state: 'ok', detail: findings }]);
    expect(logged()).toMatchObject([{ level: 'info', system: 'odoo', outcome: 'ok', pending_events: 3 }]);
    expect(odoo.requests()).toEqual({ health: { 200: 1 }, stats: { 200: 1 } });
    expect(odoo.rows().filter(({ is_processed }) => is_processed)).toEqual([]);
  });

  it('says what to check when the key is refused, without telling the key', async () => {
    await stack.check([checkedSystem(odoo.url, { key: 'wrong-key' })]);

    const [found] = await stack.found();
    expect(found).toMatchObject({ state: 'degraded', detail: { reachable: true, key_accepted: false } });
    expect(found?.detail.problems).toEqual([expect.stringMatching(/401.*ODOO_WEBHOOK_API_KEY/)]);
    expect(logged()).toMatchObject([{ level: 'warn', outcome: 'degraded' }]);
    expect(JSON.stringify([found, stack.log.lines])).not.toContain('wrong-key');
  });

  it.each<[string, Fault, RegExp]>([
    ['resets the connection', { reset: true }, /cannot be reached: ECONNRESET.*Check ODOO_URL/],
    ['hangs', { hang: true }, /has not answered within 0.3 s\. It hangs/],
    ['is overloaded', { status: 503 }, /answered 503.*look at its log/],
    ['fails', { status: 500 }, /answered 500.*Look at Odoo's log/],
    ['serves pages instead of the addon', { notJson: true }, /answered 200 without JSON.*the root of an Odoo/],
  ])('is down with one problem when it %s', async (_, fault, problem) => {
    odoo.setFaults(fault);

    await stack.check([checkedSystem(odoo.url, { timeoutMs: 300 })]);

    const [found] = await stack.found();
    expect(found).toMatchObject({ state: 'down', detail: { reachable: false, pending_events: null } });
    expect(found?.detail.problems).toEqual([expect.stringMatching(problem)]);
    expect(found?.detail.key_accepted).toBeNull();
  });

  it('is down, and tells no password, when nobody listens at its address', async () => {
    await odoo.close();

    await stack.check([checkedSystem(odoo.url.replace('://', '://user:password@'))]);

    const found = await stack.found();
    expect(found).toMatchObject([{ state: 'down', detail: { problems: [expect.stringContaining('ECONNREFUSED')] } }]);
    expect(JSON.stringify([found, stack.log.lines])).not.toContain('password');
  });

  it('is degraded when Odoo answers, and fails inside', async () => {
    odoo.setFaults({ path: 'stats', errorText: 'database is locked' });

    await stack.check([checkedSystem(odoo.url)]);

    const detail = { key_accepted: true, problems: ["Odoo failed inside: database is locked. Look at Odoo's log."] };
    expect(await stack.found()).toMatchObject([{ state: 'degraded', detail }]);
  });

  it.each([
    [95, 'ahead of'],
    [-95, 'behind'],
  ])('tells that the clock of an Odoo is %p s off by its Date header', async (seconds, where) => {
    const { url, close } = await answering({ date: new Date(Date.now() + seconds * 1_000).toUTCString() });

    await stack.check([checkedSystem(url)]);
    await close();

    const [found] = await stack.found();
    expect(found?.state).toBe('degraded');
    expect(Math.abs((found?.detail.clock_skew_seconds ?? 0) - seconds)).toBeLessThanOrEqual(2);
    expect(found?.detail.problems).toEqual([expect.stringContaining(`more than 30 s ${where} ours`)]);
  });

  it('does without a Date that cannot be read', async () => {
    const { url, close } = await answering({ date: 'today' });

    await stack.check([checkedSystem(url)]);
    await close();

    expect(await stack.found()).toMatchObject([{ state: 'ok', detail: { clock_skew_seconds: null } }]);
  });

  it('knows of one Odoo at once while another hangs, and breaks off when the worker ends', async () => {
    const hanging = new FakeOdoo({ apiKey: 'key' });
    const slow = checkedSystem(await hanging.listen(), { id: 'slow', timeoutMs: 600_000 });
    hanging.setFaults({ hang: true });
    const ended = new AbortController();

    const round = stack.check([slow, checkedSystem(odoo.url)], { ended: ended.signal });
    const found = await until(async () => (await stack.found())[0], { what: 'what is found of the good one' });
    ended.abort();

    expect(await round).toMatchObject({ ok: 1, stopped: 1 });
    expect(found).toMatchObject({ system: 'odoo', state: 'ok' });
    expect(await stack.found()).toHaveLength(1);
    await hanging.close();
  });

  it('leaves an Odoo alone that asked for it by Retry-After, and what was known of it too', async () => {
    odoo.setFaults({ status: 503, retryAfter: 90 });

    const first = await stack.check([checkedSystem(odoo.url)]);
    const found = await stack.found();
    const second = await stack.check([checkedSystem(odoo.url)]);

    expect([first, second]).toMatchObject([{ down: 1 }, { paused: 1 }]);
    expect(odoo.requests()).toEqual({ health: { 503: 1 } });
    expect(await stack.redis.pttl('{bridgecore}:odoo:pause:odoo')).toBeGreaterThan(60_000);
    expect(await stack.found()).toEqual(found);
    expect(logged().at(-1)).toMatchObject({ outcome: 'skipped', reason: expect.stringContaining('alone') as string });
  });

  it('writes an audit row when the state or the problems are others, and only then', async () => {
    const round = (fault: Fault): Promise<unknown> => {
      odoo.setFaults(fault);
      return stack.check([checkedSystem(odoo.url)]);
    };

    await round({});
    await round({});
    await round({ status: 500 });
    await round({ status: 500 });
    await round({ reset: true });
    await round({});

    const audit = await stack.audit();
    expect(audit.map(({ outcome }) => outcome)).toEqual(['ok', 'down', 'down', 'ok']);
    expect(audit[1]).toMatchObject({
      ...{ system: 'odoo', correlation_id: 'round-1' },
      detail: { former: 'ok', problems: [expect.stringContaining('500')] },
    });
  });

  it('remembers since when it is so', async () => {
    await stack.check([checkedSystem(odoo.url)]);
    const [first] = await stack.found();
    await stack.check([checkedSystem(odoo.url)]);
    const [second] = await stack.found();

    expect(second?.changed_at).toEqual(first?.changed_at);
    expect(Number(second?.checked_at)).toBeGreaterThan(Number(first?.checked_at));
  });

  it('tells a change once when two workers find it at the same time', async () => {
    await Promise.all([1, 2, 3].map(() => stack.check([checkedSystem(odoo.url)])));

    expect(await stack.audit()).toHaveLength(1);
  });

  it('fails, to be tried again, when PostgreSQL is away', async () => {
    const away = { query: () => Promise.reject(new Error('Connection terminated')), release: () => undefined };
    const pool = {
      connect: () => Promise.resolve(away),
      query: () => Promise.reject(new Error('Connection terminated')),
    } as never;

    await expect(stack.check([checkedSystem(odoo.url)], { pool })).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
    });
  });
});

describe('the look at RPC', () => {
  const accepted: RpcCheck = { accepted: true, version: '18.0', key_expires_at: null };
  const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
  const withKey = () => checkedSystem(odoo.url, { api_key: '${ODOO_API_KEY}' });

  it('is left out when there is no way to do it', async () => {
    await stack.check([withKey()]);

    expect(await stack.found()).toMatchObject([{ state: 'ok', detail: { rpc: null } }]);
  });

  it('is not made for a system that has no key for it', async () => {
    const rpc = jest.fn().mockResolvedValue(accepted);

    await stack.check([checkedSystem(odoo.url)], { rpc });

    expect(rpc).not.toHaveBeenCalled();
  });

  it('is told beside the rest', async () => {
    const key_expires_at = inDays(15);

    await stack.check([withKey()], { rpc: async () => ({ ...accepted, key_expires_at }) });

    const rpc = { configured: true, accepted: true, version: '18.0', key_expires_at };
    expect(await stack.found()).toMatchObject([{ state: 'ok', detail: { key_expires_at, rpc } }]);
  });

  it.each<[string, () => Promise<RpcCheck>, RegExp]>([
    [
      'refused',
      async () => ({ ...accepted, accepted: false, reason: 'Access Denied' }),
      /does not accept us: Access Denied\./,
    ],
    [
      'good for a few days only',
      async () => ({ ...accepted, key_expires_at: inDays(13) }),
      /expires on 20\d\d-\d\d-\d\d/,
    ],
    ['failing', () => Promise.reject(new OdooFailure('failed', 'Odoo failed.')), /Odoo failed\. Look at/],
    ['hanging', () => new Promise(() => undefined), /RPC.* has not answered within 0.3 s/],
  ])('makes a system degraded when it is %s', async (_, rpc, problem) => {
    await stack.check([withKey()], { rpc });

    const [found] = await stack.found();
    expect(found?.state).toBe('degraded');
    expect(found?.detail.problems).toEqual([expect.stringMatching(problem)]);
  });
});

describe('asking an Odoo for RPC', () => {
  const USER = { id: 7, login: 'hub', key: 'rpc-key' };
  const open = async (version: 18 | 19): Promise<FakeOdoo> => {
    const one = new FakeOdoo({ apiKey: 'key', rpc: { version, database: 'db', users: [USER] } });
    await one.listen();
    return one;
  };
  const declared = (one: FakeOdoo, api_key = USER.key) =>
    checkedSystem(one.url, { db: 'db', username: 'hub', api_key }).declared;

  it.each([18, 19] as const)(
    'logs in, and finds out when the only key of the user ends, on Odoo %i',
    async (version) => {
      const one = await open(version);
      const [key] = one.all('res.users.apikeys').map(({ id }) => id as number);
      one.edit('res.users.apikeys', key ?? 0, { expiration_date: '2027-03-01 12:00:00' });

      const found = await rpcAsker(2_000)(declared(one));

      const key_expires_at = '2027-03-01T12:00:00Z';
      expect(found).toEqual({ accepted: true, version: `${version}.0`, key_expires_at });
      await one.close();
    },
  );

  it.each([18, 19] as const)('says that a key is refused, and by which Odoo, on Odoo %i', async (version) => {
    const one = await open(version);

    const found = await rpcAsker(2_000)(declared(one, 'wrong'));

    expect(found).toMatchObject({ accepted: false, version: `${version}.0`, key_expires_at: null });
    expect(found.reason).toContain('refuses the credentials');
    await one.close();
  });
});
