import { decodePosition, encodePosition } from '../src/feed/position';
import { Answer } from './calls';
import { clearFeed, deleteUpTo, DEVICE, FeedStack, idsIn, openFeedStack, PARIS_KEY, positionIn } from './feed-stack';

let stack: FeedStack;

beforeAll(async () => {
  stack = await openFeedStack();
});
afterEach(() => clearFeed(stack));
afterAll(() => stack.close());

const records = (count: number): { record_id: number }[] => Array.from({ length: count }, (_, n) => ({ record_id: n }));

/** A device that is known from before any event. */
async function known(count: number): Promise<void> {
  await stack.pull();
  await stack.recorded.add(...records(count));
}

describe('POST /api/v1/sync/pull', () => {
  it('begins with what comes after the first call, and tells it position by position', async () => {
    await stack.recorded.add(...records(3));

    const first = await stack.pull();
    await stack.recorded.add(...records(5));
    const second = await stack.pull({ ack: positionIn(first), limit: 3 });
    const third = await stack.pull({ ack: positionIn(second), limit: 3 });
    const fourth = await stack.pull({ ack: positionIn(third), limit: 3 });

    expect([first, second, third, fourth].map(idsIn)).toEqual([[], [4, 5, 6], [7, 8], []]);
    expect([first, second, third, fourth].map(({ body }) => body['has_more'])).toEqual([false, true, false, false]);
    expect(second.body).toMatchObject({ epoch_changed: false, gap: false });
  });

  it('gives a device that vanishes before it has processed its page that page again', async () => {
    await known(5);

    const pages = [await stack.pull({ limit: 3 }), await stack.pull({ limit: 3 }), await stack.pull({ limit: 2 })];
    const next = await stack.pull({ ack: positionIn(pages[0] as Answer) });

    expect(pages.map(idsIn)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2],
    ]);
    expect(idsIn(next)).toEqual([4, 5]);
  });

  it('does no harm when an acknowledgement comes twice, or late', async () => {
    await known(6);
    const first = positionIn(await stack.pull({ limit: 2 }));
    const second = positionIn(await stack.pull({ limit: 2, ack: first }));

    const twice = await stack.pull({ limit: 2, ack: first });
    const on = await stack.pull({ limit: 2, ack: second });
    const late = await stack.pull({ limit: 2, ack: first });

    expect([twice, on, late].map(idsIn)).toEqual([
      [3, 4],
      [5, 6],
      [5, 6],
    ]);
  });

  it('refuses the acknowledgement of a page that this device was not given', async () => {
    await known(6);
    await stack.pull({ limit: 2 });
    const ahead = positionIn(await stack.feed('limit=4'));

    const refused = await stack.pull({ ack: ahead });
    const next = await stack.pull();

    expect(refused).toMatchObject({ status: 409, body: { code: 'ACK_UNKNOWN' } });
    expect(idsIn(next)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('does not move a device by an acknowledgement that was never a position', async () => {
    await known(3);
    const given = decodePosition(positionIn(await stack.pull())) ?? { system: '', epoch: '', id: 0n, at: 0n };

    const answers = [
      await stack.pull({ ack: encodePosition({ ...given, at: given.at + 1n }) }),
      await stack.pull({ ack: encodePosition({ ...given, epoch: '0123456789ab' }) }),
    ];

    expect(answers.map(idsIn)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  it('lets two requests of one device at once do no harm, be it new or known', async () => {
    const births = await Promise.all(Array.from({ length: 8 }, () => stack.pull()));
    await stack.recorded.add(...records(4));
    const pages = await Promise.all(Array.from({ length: 8 }, () => stack.pull({ limit: 2 })));
    const ack = positionIn(pages[0] as Answer);
    const acked = await Promise.all(Array.from({ length: 8 }, () => stack.pull({ ack })));

    expect(births.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(pages.map(idsIn)).toEqual(Array(8).fill([1, 2]));
    expect(acked.map(idsIn)).toEqual(Array(8).fill([3, 4]));
  });

  it('answers 503 to a second request of a device whose first one hangs', async () => {
    await known(1);
    const holder = stack.recorded.source.createQueryRunner();
    await holder.startTransaction();
    await holder.query('select 1 from sync_devices for update');

    const [second, other] = await Promise.all([stack.pull(), stack.pull({ device_id: 'd-2' })]);
    await holder.rollbackTransaction();
    await holder.release();

    expect(second.status).toBe(503);
    expect(second.headers.get('retry-after')).toBeTruthy();
    expect(other.status).toBe(200);
  });

  it('keeps devices, users, app types and systems apart', async () => {
    await known(2);
    const ack = positionIn(await stack.pull());
    await stack.pull({ ack });

    const start = 'beginning';
    const others = await Promise.all(
      [{ device_id: 'd-2' }, { user_id: 'u-2' }, { app_type: 'sales' }].map((other) => stack.pull({ start, ...other })),
    );
    const paris = await stack.pull({ start, system: 'paris' }, PARIS_KEY);

    expect(others.map(idsIn)).toEqual(Array(3).fill([1, 2]));
    expect(idsIn(paris)).toEqual([]);
  });

  it('shows an app the models of its type, of these those that it names, and never a test', async () => {
    await stack.recorded.add({}, { model: 'res.partner' }, { model: 'hr.employee' }, { is_test: true });
    const pull = (different: object): Promise<Answer> => stack.pull({ start: 'beginning', ...different });

    const sales = await pull({ app_type: 'sales', device_id: 'a' });
    const some = await pull({ app_type: 'sales', models: ['res.partner'], device_id: 'b' });
    const other = await pull({ app_type: 'sales', models: ['hr.employee'], device_id: 'c' });
    const manager = await pull({ models: ['hr.employee'] });

    expect([sales, some, manager].map(idsIn)).toEqual([[1, 2], [2], [3]]);
    expect(other).toMatchObject({ status: 422, body: { errors: [{ field: 'models' }] } });
    expect(other.body['detail']).toBe('models has hr.employee, which the app type "sales" is not shown.');
  });

  it('begins where a new device asks for, and takes that for a known one as said already', async () => {
    await stack.recorded.add(...records(2));

    const beginning = await stack.pull({ start: 'beginning' });
    const time = await stack.pull({ start: '2020-01-01T00:00:00Z', device_id: 'd-2' });
    await stack.pull({ ack: positionIn(beginning) });
    const again = await stack.pull({ start: 'beginning' });

    expect([beginning, time, again].map(idsIn)).toEqual([[1, 2], [1, 2], []]);
  });

  it('lets a device that was forgotten go on from what it acknowledges', async () => {
    await known(4);
    const ack = positionIn(await stack.pull({ limit: 2 }));
    await stack.recorded.source.query('delete from sync_devices');

    expect(idsIn(await stack.pull({ ack }))).toEqual([3, 4]);
  });

  it('coalesces on request', async () => {
    await stack.pull();
    await stack.recorded.add({}, {}, { record_id: 7 });

    const { body } = await stack.pull({ coalesce: 'latest' });

    expect(body['events']).toMatchObject([
      { id: '2', coalesced: 2 },
      { id: '3', coalesced: 1 },
    ]);
  });

  it('tells of events that the device has missed until it acknowledges again', async () => {
    await known(5);
    await deleteUpTo(stack.recorded, 3);

    const pages = [await stack.pull(), await stack.pull()];
    const next = await stack.pull({ ack: positionIn(pages[0] as Answer) });

    expect(pages.map(({ body }) => body['gap'])).toEqual([true, true]);
    expect(pages.map(idsIn)).toEqual([
      [4, 5],
      [4, 5],
    ]);
    expect(next.body).toMatchObject({ events: [], gap: false });
  });

  it('writes nothing for a poll that brings nothing', async () => {
    const position = positionIn(await stack.pull());
    const version = (): Promise<unknown> => stack.recorded.source.query('select xmin, seen_at from sync_devices');
    const before = await version();

    await stack.pull({ ack: position });

    expect(await version()).toEqual(before);
  });

  it('takes ids that are numbers', async () => {
    const { status } = await stack.pull({ user_id: 7, device_id: 8 });

    expect(status).toBe(200);
    expect(await stack.recorded.source.query('select user_id, device_id from sync_devices')).toEqual([
      { user_id: '7', device_id: '8' },
    ]);
  });

  it.each([
    ...[{ user_id: '' }, { device_id: null }, { user_id: 'a\u0000b' }, { app_type: 'fax' }, { app_type: 5 }],
    ...[{ models: [] }, { models: 'sale.order' }, { models: [5] }, { limit: 0 }, { limit: '1e3' }, { ack: 'AAAA' }],
    ...[{ ack: 17 }, { start: 'yesterday' }, { coalesce: true }, { system: 'lyon' }, { akc: 'x' }],
  ])('answers 422 and names the field when given %j', async (different) => {
    const { status, body } = await stack.pull(different);

    expect({ status, code: body['code'] }).toEqual({ status: 422, code: 'REQUEST_INVALID' });
    expect(body['errors']).toMatchObject([{ field: Object.keys(different)[0] }]);
  });

  it('writes a line that says who was given how much, and counts', async () => {
    await known(2);
    await stack.pull();

    const lines = stack.gateway.lines.filter(({ route }) => route === '/api/v1/sync/pull');
    const metrics = await (await fetch(`${stack.gateway.operatorUrl}/metrics`)).text();

    expect(lines.at(-1)).toMatchObject({ ...DEVICE, events: 2, has_more: false, status: 200, key_id: 'operator' });
    expect(metrics).toMatch(
      /bridgecore_sync_pulls_total\{app_type="manager",outcome="events",service="gateway"\} [1-9]/,
    );
    expect(metrics).toMatch(/bridgecore_sync_events_total\{app_type="manager",service="gateway"\} [1-9]/);
  });
});

describe('POST /api/v1/sync/reset', () => {
  it('puts a device where it is told, with an audit row', async () => {
    await known(4);
    const middle = positionIn(await stack.pull({ limit: 2 }));
    const end = positionIn(await stack.pull());
    await stack.pull({ ack: end });

    const seen = [];
    for (const to of ['beginning', middle, 'now', '2020-01-01T00:00:00Z']) {
      const { status } = await stack.reset({ to });
      seen.push([status, idsIn(await stack.pull())]);
    }

    expect(seen).toEqual([
      [200, [1, 2, 3, 4]],
      [200, [3, 4]],
      [200, []],
      [200, [1, 2, 3, 4]],
    ]);
    const [row] = await stack.recorded.source.query<object[]>(
      `select action, key_id, system, detail from audit_logs order by id limit 1`,
    );
    const { system, ...detail } = DEVICE;
    expect(row).toMatchObject({ action: 'sync.reset', key_id: 'operator', system, detail: { ...detail, from: end } });
  });

  it('refuses what was given before the reset, if it is further on', async () => {
    await known(2);
    const ack = positionIn(await stack.pull());
    await stack.reset({ to: 'beginning' });

    const refused = await stack.pull({ ack });

    expect(refused.status).toBe(409);
    expect(idsIn(await stack.pull())).toEqual([1, 2]);
  });

  it.each([
    [404, { device_id: 'd-9', to: 'now' }],
    [422, { to: 'x' }],
    [422, {}],
    [422, { to: 'now', at: 5 }],
  ])('answers %i to %j', async (status, different) => {
    await known(0);

    expect((await stack.reset(different)).status).toBe(status);
  });
});

describe('GET /api/v1/sync/state', () => {
  it('tells of each device of a user how far it is, when it was seen, and how much it has before it', async () => {
    await known(2);
    await stack.recorded.add({ is_test: true }, { model: 'hr.employee' });
    const position = positionIn(await stack.pull({ limit: 1 }));
    await stack.pull({ ack: position });
    await stack.pull({ device_id: 'd-2', app_type: 'sales', start: 'beginning' });
    await stack.pull({ user_id: 'u-2' });

    const all = await stack.state('system=odoo&user_id=u-1');
    const one = await stack.state('system=odoo&user_id=u-1&device_id=d-1');

    const time = expect.stringMatching(/Z$/) as unknown;
    const usual = { created_at: time, last_seen_at: time, behind_is_more: false };
    const first = { device_id: 'd-1', app_type: 'manager', position, behind: 2, last_acked_at: time, ...usual };
    expect(one.body).toEqual({ system: 'odoo', devices: [first] });
    expect(all.body['devices']).toMatchObject([
      { device_id: 'd-2', app_type: 'sales', behind: 2, last_acked_at: null },
      { device_id: 'd-1' },
    ]);
  });

  it('counts no further than it must', async () => {
    await known(0);
    await stack.recorded.add(...Array.from({ length: 1_100 }, () => ({ data: {} })));

    const { body } = await stack.state('system=odoo&user_id=u-1');

    expect(body['devices']).toMatchObject([{ behind: 1_000, behind_is_more: true }]);
  });

  it('answers 400 without a user', async () => {
    expect((await stack.state('system=odoo')).status).toBe(400);
  });
});
