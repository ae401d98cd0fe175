import { JsonRecord } from '@bridgecore/contracts';
import { createTestRedis, until } from '@bridgecore/devkit';
import { plainKey } from '../src/keys';
import { Answer, call } from './calls';
import { openRecordedEvents, RecordedEvents } from './recorded-events';
import { openTestGateway, ready, RunningGateway } from './running-gateway';
import { OPERATOR_KEY, operatorKey, PUSH_KEY, pushKey } from './test-keys';
import { addDeliveries, addSubscription, NOTIFY_TABLES } from './written-deliveries';

const PATH = '/api/v1/deliveries';
const READER = 'reader-key-of-forty-characters-0123456789';
const LYON = 'lyon-key-of-forty-characters-012345678901';
const CLAIM = '5b7c6d0e-8a0f-4f0e-9d6e-0c6f1f1f1f1f';

let recorded: RecordedEvents;
let gateway: RunningGateway;
let shop: string;

beforeAll(async () => {
  const [{ url }, database] = await Promise.all([createTestRedis(), openRecordedEvents()]);
  recorded = database;
  const keys = [pushKey(), operatorKey(), plainKey('reader', READER, ['read'])];
  keys.push(plainKey('lyon', LYON, ['read', 'operate'], 'lyon'));
  gateway = await openTestGateway({ redisUrl: url, databaseUrl: recorded.url, keys });
  await ready(gateway, 'ready');
});
beforeEach(async () => {
  shop = await addSubscription(recorded.source);
});
afterEach(() => recorded.source.query(`truncate ${NOTIFY_TABLES}, webhook_events, audit_logs restart identity`));
afterAll(async () => {
  await gateway.close();
  await recorded.drop();
});

const add = (...deliveries: JsonRecord[]): Promise<string[]> => addDeliveries(recorded.source, shop, ...deliveries);

function send(
  method: string,
  path: string,
  { key = OPERATOR_KEY, body }: { key?: string; body?: unknown } = {},
): Promise<Answer> {
  const headers = {
    authorization: `Bearer ${key}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  return call(gateway.operatorUrl + PATH + path, {
    ...{ method, headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

const list = (query = '', key = OPERATOR_KEY): Promise<Answer> => send('GET', query, { key });
const ids = ({ body }: Answer): unknown[] => (body['deliveries'] as JsonRecord[]).map(({ id }) => id);
const rows = (): Promise<JsonRecord[]> =>
  recorded.source.query('select id, state, attempts, claim, closed_at from deliveries order by id');
const states = async (): Promise<unknown[]> => (await rows()).map(({ state }) => state);
const audit = (): Promise<JsonRecord[]> =>
  recorded.source.query('select service, action, key_id, system, event_id, detail from audit_logs order by id');

describe('the list of deliveries', () => {
  it('is empty when there are none', async () => {
    expect((await list()).body).toEqual({ deliveries: [], next_after: '0', has_more: false });
  });

  it('shows each as it stands, without what only workers need', async () => {
    await add({ attempts: 2, claim: CLAIM, last_status: 503, last_error: 'It answered 503.' }, { state: 'delivered' });

    const { body } = await list();

    const time = expect.stringMatching(/^\d{4}-.*Z$/) as string;
    expect((body['deliveries'] as JsonRecord[])[0]).toEqual({
      ...{ id: '1', message_id: expect.stringMatching(/^msg_[0-9a-f]{32}$/) as string, subscription: 'shop' },
      ...{ event_id: '1', system: 'odoo', model: 'sale.order', record_id: 25, state: 'waiting', attempts: 2 },
      ...{ next_attempt_at: time, last_status: 503, last_error: 'It answered 503.', created_at: time, closed_at: null },
    });
    expect((body['deliveries'] as JsonRecord[])[1]).toMatchObject({ next_attempt_at: null, closed_at: time });
  });

  it('goes page by page, from either end', async () => {
    await add({}, {}, {});

    const first = await list('?limit=2');
    const newest = await list('?limit=2&order=desc');

    expect([ids(first), first.body['next_after'], first.body['has_more']]).toEqual([['1', '2'], '2', true]);
    expect((await list('?after=2')).body).toMatchObject({
      deliveries: [{ id: '3' }],
      next_after: '3',
      has_more: false,
    });
    expect(ids(newest)).toEqual(['3', '2']);
    expect(ids(await list('?order=desc&after=2'))).toEqual(['1']);
  });

  it.each([
    ['?subscription=erp', ['5']],
    ['?state=dead', ['2']],
    ['?system=lyon', ['3']],
    ['?model=res.partner', ['4']],
    ['?record_id=26', ['4']],
    ['?event_id=2', ['2', '5']],
    ['?event_id=2&subscription=erp', ['5']],
    ['?subscription=nobody', []],
  ])('is filtered by %s', async (query, expected) => {
    await add({}, { state: 'dead' }, { system: 'lyon' }, { model: 'res.partner', record_id: 26 });
    const erp = await addSubscription(recorded.source, { name: 'erp' });
    await addDeliveries(recorded.source, erp, { event_id: 2 });

    expect(ids(await list(query))).toEqual(expected);
  });

  it.each([
    '?limit=0',
    '?state=lost',
    '?sytem=odoo',
    '?after=x',
    '?model=%00',
    '?record_id=1.5',
    '?event_id=x',
    '?order=up',
  ])('refuses %s', async (query) => {
    expect(await list(query)).toMatchObject({ status: 400, body: { code: 'QUERY_INVALID' } });
  });

  it('shows nothing for a subscription that is removed, also when another one has its name', async () => {
    const old = await addSubscription(recorded.source, { name: 'old', removed_at: new Date().toISOString() });
    const [id] = await addDeliveries(recorded.source, old, { state: 'dead' });
    await addSubscription(recorded.source, { name: 'old' });

    expect(ids(await list('?subscription=old'))).toEqual([]);
    expect(await send('GET', `/${String(id)}`)).toMatchObject({ status: 404 });
    expect(await send('POST', `/${String(id)}/replay`)).toMatchObject({ status: 404 });
    expect((await send('POST', '/replay', { body: { filter: {} } })).body['count']).toBe(0);
  });

  it('shows a key its own system only, and the tests of what is for that alone', async () => {
    const lyon = await addSubscription(recorded.source, { name: 'lyon', filter: { systems: ['lyon'] } });
    const both = await addSubscription(recorded.source, { name: 'both', filter: { systems: ['lyon', 'odoo'] } });
    const test = { event_id: null, system: null, model: null, record_id: null };
    await add({}, { system: 'lyon' }, test);
    const [tested] = await addDeliveries(recorded.source, lyon, test);
    const [other] = await addDeliveries(recorded.source, both, test);

    expect(ids(await list('', LYON))).toEqual(['2', tested]);
    expect(await list('?system=odoo', LYON)).toMatchObject({ status: 403 });
    expect(await send('GET', `/${String(tested)}`, { key: LYON })).toMatchObject({ status: 200 });
    expect(await send('GET', `/${String(other)}`, { key: LYON })).toMatchObject({ status: 404 });
    expect(await send('POST', '/1/discard', { key: LYON })).toMatchObject({ status: 404 });
  });
});

describe('one delivery', () => {
  it('is shown with the newest hundred of its tries, oldest first', async () => {
    const [id] = await add({ attempts: 3 });
    await recorded.source.query(
      `insert into delivery_attempts (delivery_id, at, duration_ms, status, outcome, error, answer, worker)
       select $1, now(), n, 503, 'refused', 'It answered 503.', 'busy', 'w-1' from generate_series(1, 102) as n`,
      [id],
    );

    const { status, body } = await send('GET', `/${String(id)}`);

    const log = body['attempt_log'] as JsonRecord[];
    expect([status, body['id'], log.length]).toEqual([200, id, 100]);
    expect(log[0]).toEqual({
      ...{ at: expect.any(String) as string, duration_ms: 3, status: 503, outcome: 'refused' },
      ...{ error: 'It answered 503.', answer: 'busy', worker: 'w-1' },
    });
    expect(log.at(-1)).toMatchObject({ duration_ms: 102 });
  });

  it.each(['/2', '/0', '/x', '/99999999999999999999', '/replay'])('is not there: %s', async (path) => {
    await add({});

    expect(await send('GET', path)).toMatchObject({ status: path === '/replay' ? 405 : 404 });
  });

  it.each([
    ['GET', '/1/replay', OPERATOR_KEY, 405],
    ['DELETE', '/1', OPERATOR_KEY, 405],
    ['POST', '/2/replay', OPERATOR_KEY, 404],
    ['POST', '/1/replay', LYON, 404],
    ['POST', '/1/replay', READER, 403],
    ['POST', '/1/discard', READER, 403],
    ['GET', '/1', PUSH_KEY, 403],
    ['POST', '/1/replay', 'unknown', 401],
  ])('answers %s %s with %s as it should', async (method, path, key, status) => {
    await add({ state: 'dead' });

    expect((await send(method, path, { key })).status).toBe(status);
    expect(await states()).toEqual(['dead']);
    expect(await audit()).toEqual([]);
  });
});

describe('replaying one', () => {
  it.each(['dead', 'delivered', 'discarded'])('has it wait anew when it is %s, and notes who asked', async (state) => {
    const last = { attempts: 12, last_status: 500, last_error: 'It answered 500.' };
    await add({ ...last, state, claim: CLAIM, next_attempt_at: '2026-01-01T00:00:00Z' });

    const { status, body } = await send('POST', '/1/replay');

    expect(status).toBe(200);
    expect(body).toMatchObject({ id: '1', state: 'waiting', attempts: 0, closed_at: null, last_status: 500 });
    expect(body).not.toHaveProperty('attempt_log');
    expect(Date.parse(String(body['next_attempt_at']))).toBeGreaterThan(Date.parse('2026-01-02'));
    expect(await rows()).toMatchObject([{ state: 'waiting', attempts: 0, claim: null, closed_at: null }]);
    expect(await audit()).toEqual([
      {
        ...{ service: 'gateway', action: 'delivery.replayed', key_id: 'operator', system: 'odoo', event_id: '1' },
        detail: { delivery_id: '1', subscription: 'shop', was: state },
      },
    ]);
  });

  it('is refused while it waits, and leaves the try that is under way alone', async () => {
    await add({ claim: CLAIM, attempts: 3 });

    const detail = 'Delivery 1 is waiting; this can be done to one only that is dead, delivered or discarded.';
    expect(await send('POST', '/1/replay')).toMatchObject({ status: 409, body: { code: 'DELIVERY_CLOSED', detail } });
    expect(await rows()).toMatchObject([{ state: 'waiting', claim: CLAIM, attempts: 3 }]);
    expect(await audit()).toEqual([]);
  });

  it('is done once when two ask at the same time', async () => {
    await add({ state: 'dead' });

    const answers = await Promise.all([1, 2, 3, 4].map(() => send('POST', '/1/replay')));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    expect(await audit()).toHaveLength(1);
  });

  it('sees what a worker settles while it waits for its turn', async () => {
    await add({ claim: CLAIM });
    const worker = recorded.source.createQueryRunner();
    await worker.startTransaction();
    await worker.query(`update deliveries set state = 'dead', closed_at = now()`);

    const asked = send('POST', '/1/replay');
    const isHeld = async (): Promise<boolean> => {
      const [row] = await recorded.source.query<{ n: number }[]>(
        `select count(*)::integer as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      );
      return row?.n === 1;
    };
    await until(isHeld, { what: 'the replay to meet the lock' });
    await worker.commitTransaction();
    await worker.release();

    expect((await asked).status).toBe(200);
  });

  it('is not undone by a try that was under way when it was discarded, and fails after the replay', async () => {
    await add({ claim: CLAIM });
    await send('POST', '/1/discard');
    await send('POST', '/1/replay');

    await recorded.source.query(
      `update deliveries set state = 'dead', attempts = attempts + 1 where id = 1 and claim = $1 and state = 'waiting'`,
      [CLAIM], // as a worker settles a failure
    );

    expect(await rows()).toMatchObject([{ state: 'waiting', attempts: 0, claim: null }]);
  });

  it('replays a test too', async () => {
    await add({ event_id: null, system: null, model: null, record_id: null, state: 'delivered' });

    expect(await send('POST', '/1/replay')).toMatchObject({ status: 200, body: { state: 'waiting', event_id: null } });
    expect(await audit()).toMatchObject([{ system: null, event_id: null }]);
  });

  it('changes nothing when it cannot be noted', async () => {
    await add({ state: 'dead' });
    await recorded.source.query(
      `alter table audit_logs add constraint no check (action <> 'delivery.replayed') not valid`,
    );

    const { status } = await send('POST', '/1/replay');
    await recorded.source.query('alter table audit_logs drop constraint no');

    expect(status).toBeGreaterThanOrEqual(500);
    expect(await states()).toEqual(['dead']);
  });
});

describe('discarding one', () => {
  it.each(['waiting', 'dead'])('closes one that is %s, with a reason in the audit', async (state) => {
    await add({ state, claim: CLAIM });

    const { status, body } = await send('POST', '/1/discard', { body: { reason: 'the shop has closed' } });

    expect([status, body['state'], body['next_attempt_at']]).toEqual([200, 'discarded', null]);
    expect(await rows()).toMatchObject([{ state: 'discarded', claim: null, closed_at: expect.any(Date) as Date }]);
    expect(await audit()).toMatchObject([
      { action: 'delivery.discarded', detail: { delivery_id: '1', was: state, reason: 'the shop has closed' } },
    ]);
  });

  it.each(['delivered', 'discarded'])('is refused when it is %s', async (state) => {
    await add({ state });

    expect(await send('POST', '/1/discard')).toMatchObject({ status: 409, body: { code: 'DELIVERY_CLOSED' } });
    expect(await audit()).toEqual([]);
  });

  it.each([
    ['{', 400],
    [{ reason: 7 }, 422],
    [{ reason: 'a\u0000b' }, 422],
    [{ because: 'x' }, 422],
    [[], 422],
  ])('refuses the body %j', async (body, status) => {
    await add({});

    expect((await send('POST', '/1/discard', { body })).status).toBe(status);
    expect(await states()).toEqual(['waiting']);
  });
});

describe('replaying many', () => {
  const replay = (body: unknown, key = OPERATOR_KEY): Promise<Answer> => send('POST', '/replay', { body, key });

  it('says how many are dead, and does nothing, unless told to', async () => {
    await add({ state: 'dead' }, { state: 'dead', model: 'res.partner' }, {}, { state: 'discarded' });

    const answer = await replay({ filter: {} });

    expect(answer.body).toEqual({ dry_run: true, count: 2, request_id: expect.any(String) as string });
    expect((await replay({ filter: { model: 'res.partner', subscription: 'shop' } })).body['count']).toBe(1);
    expect((await replay({ filter: { record_id: 26 } })).body['count']).toBe(0);
    expect(await states()).toEqual(['dead', 'dead', 'waiting', 'discarded']);
    expect(await audit()).toEqual([]);
  });

  it('has all wait anew that are dead and meant, chunk by chunk, each with its audit row', async () => {
    const erp = await addSubscription(recorded.source, { name: 'erp' });
    await addDeliveries(recorded.source, erp, { state: 'dead', event_id: 90_001 });
    await add(...Array.from({ length: 2_400 }, () => ({ state: 'dead', attempts: 12, claim: CLAIM })));
    await add({ event_id: 90_001, state: 'delivered' }, { event_id: 90_002, state: 'discarded' });
    const left = { event_id: 90_003, state: 'dead', model: 'res.partner' };
    await add(left);

    const answer = await replay({ filter: { model: 'sale.order' }, dry_run: false });

    expect(answer).toMatchObject({ status: 200, body: { dry_run: false, count: 2_401 } });
    const counts = await recorded.source.query<unknown>(
      `select state, attempts, claim, count(*)::integer from deliveries group by 1, 2, 3 order by 1`,
    );
    expect(counts).toMatchObject([
      ...[
        { state: 'dead', count: 1 },
        { state: 'delivered', count: 1 },
        { state: 'discarded', count: 1 },
      ],
      { state: 'waiting', attempts: 0, claim: null, count: 2_401 },
    ]);
    const noted = (await audit()) as { action: string; detail: { count: number; delivery_ids: string[] } }[];
    expect(noted.map(({ action, detail }) => [action, detail.count])).toEqual([
      ...[1_000, 1_000, 401].map((count) => ['delivery.replayed_all', count]),
    ]);
    expect(new Set(noted.flatMap(({ detail }) => detail.delivery_ids)).size).toBe(2_401);
    expect(noted[0]).toMatchObject({ key_id: 'operator', detail: { filter: { model: 'sale.order' } } });
  });

  it('touches only the own system of a key that has one', async () => {
    await add({ state: 'dead' }, { state: 'dead', system: 'lyon' });

    expect(await replay({ filter: {}, dry_run: false }, LYON)).toMatchObject({ body: { count: 1 } });
    expect(await states()).toEqual(['dead', 'waiting']);
    expect(await audit()).toMatchObject([{ system: 'lyon', detail: { delivery_ids: ['2'] } }]);
    expect(await replay({ filter: { system: 'odoo' } }, LYON)).toMatchObject({ status: 403 });
    expect(await replay({ filter: {} }, READER)).toMatchObject({ status: 403 });
  });

  it.each([
    [{}, 422],
    [{ filter: 'all' }, 422],
    [{ filter: { state: 'delivered' } }, 422],
    [{ filter: { system: null } }, 422],
    [{ filter: { record_id: 'x' } }, 422],
    [{ filter: { event_id: {} } }, 422],
    ['{"filter":{"__proto__":{"system":"x"}},"dry_run":false}', 422],
    [{ filter: {}, dryrun: false }, 422],
    [{ filter: {}, dry_run: 'no' }, 422],
    ['not json', 400],
    ['', 400],
  ])('refuses the body %j', async (body, status) => {
    await add({ state: 'dead' });

    expect((await replay(body)).status).toBe(status);
    expect(await states()).toEqual(['dead']);
  });

  it.each([
    [[]],
    [{ filter: { subscriptio: 'shop' } }],
    [{ filter: {}, dry_run: 'no' }],
    [{ filter: { event_id: {} } }],
  ])('says of the body %j by the code that consumers know that it is wrong', async (body) => {
    expect(await replay(body)).toMatchObject({ status: 422, body: { code: 'REQUEST_INVALID' } });
  });
});

describe('GET /api/v1/events/{id}', () => {
  it('tells to whom the event is sent', async () => {
    const [event = ''] = await recorded.add({});
    const erp = await addSubscription(recorded.source, { name: 'erp' });
    const old = await addSubscription(recorded.source, { name: 'old', removed_at: new Date().toISOString() });
    await add({ event_id: event }, { event_id: 99 });
    for (const id of [erp, old]) await addDeliveries(recorded.source, id, { event_id: event, state: 'delivered' });

    const headers = { authorization: `Bearer ${OPERATOR_KEY}` };
    const { body } = await call(`${gateway.operatorUrl}/api/v1/events/${event}`, { headers });

    expect(body['deliveries']).toMatchObject([
      { id: '1', subscription: 'shop', state: 'waiting', event_id: event },
      { id: '3', subscription: 'erp', state: 'delivered' },
    ]);
  });
});

describe('deliveries while PostgreSQL is away', () => {
  it('answers 503 and says so', async () => {
    const { url } = await createTestRedis();
    const lonely = await ready(await openTestGateway({ redisUrl: url }));

    const answer = await call(`${lonely.operatorUrl}${PATH}`, { headers: { authorization: `Bearer ${OPERATOR_KEY}` } });
    await lonely.close();

    expect(answer).toMatchObject({ status: 503, body: { code: 'DATABASE_UNAVAILABLE' } });
  });
});
