import { JsonRecord } from '@bridgecore/contracts';
import { createTestRedis } from '@bridgecore/devkit';
import { plainKey } from '../src/keys';
import { Answer, get } from './calls';
import { openRecordedEvents, RecordedEvents } from './recorded-events';
import { openTestGateway, ready, RunningGateway } from './running-gateway';
import { OPERATOR_KEY, operatorKey, pushKey } from './test-keys';

const WAREHOUSE_KEY = 'warehouse-key-of-forty-characters-0123456';

describe('GET /api/v1/events', () => {
  let recorded: RecordedEvents;
  let gateway: RunningGateway;

  beforeAll(async () => {
    const [redis, database] = await Promise.all([createTestRedis(), openRecordedEvents()]);
    recorded = database;
    const keys = [pushKey(), operatorKey(), plainKey('warehouse', WAREHOUSE_KEY, ['read'], 'warehouse')];
    gateway = await openTestGateway({ redisUrl: redis.url, databaseUrl: recorded.url, keys });
    await ready(gateway, 'ready');
  });

  afterEach(() => recorded.source.query('truncate webhook_events, audit_logs restart identity'));

  afterAll(async () => {
    await gateway.close();
    await recorded.drop();
  });

  const read = (path: string, key = OPERATOR_KEY): Promise<Answer> => get(gateway.operatorUrl + path, key);
  const listed = ({ body }: Answer): JsonRecord[] => body['events'] as JsonRecord[];

  it('shows an event with everything that every API shows', async () => {
    await recorded.add({
      ...{ push_id: '230', pull_id: 447, pushed_at: '2026-11-23T06:22:27.5Z', pulled_at: '2026-11-23T06:22:50Z' },
      ...{ user_id: 2, user_name: 'Mitchell Admin' },
    });

    const { status, body, headers } = await read('/api/v1/events');

    expect(status).toBe(200);
    expect(headers.get('x-request-id')).toBeTruthy();
    expect(body).toEqual({ events: [expect.anything()], next_after: '1', has_more: false });
    expect((body['events'] as JsonRecord[])[0]).toEqual({
      ...{ id: '1', system: 'odoo', model: 'sale.order', record_id: 25, operation: 'write', priority: 'high' },
      ...{ category: 'business', user_id: 2, user_name: 'Mitchell Admin', changed_fields: ['state'] },
      ...{ occurred_at: '2026-11-23T06:22:26.000Z', received_at: '2026-11-23T06:22:27.500Z' },
      ...{
        push_id: '230',
        pull_id: '447',
        pushed_at: '2026-11-23T06:22:27.500Z',
        pulled_at: '2026-11-23T06:22:50.000Z',
      },
      ...{ data: { id: 25, name: 'S00025' }, is_test: false, correlation_id: 'request-1' },
    });
  });

  it('answers an empty page where there are none, and keeps the position', async () => {
    const { body } = await read('/api/v1/events?after=17');

    expect(body).toEqual({ events: [], next_after: '17', has_more: false });
  });

  it('pages through all events, oldest first, each once', async () => {
    const ids = await recorded.add(...Array.from({ length: 23 }, (_, index) => ({ record_id: index })));

    const pages: JsonRecord[] = [];
    for (let after: unknown = '0'; pages.at(-1)?.['has_more'] !== false; after = pages.at(-1)?.['next_after']) {
      pages.push((await read(`/api/v1/events?limit=10&after=${String(after)}`)).body);
    }

    expect(pages.map(({ events }) => (events as unknown[]).length)).toEqual([10, 10, 3]);
    expect(pages.flatMap(({ events }) => (events as JsonRecord[]).map(({ id }) => id))).toEqual(ids);
  });

  it('pages from the newest on with order=desc', async () => {
    const ids = await recorded.add(...Array.from({ length: 5 }, (_, index) => ({ record_id: index })));

    const first = await read('/api/v1/events?limit=3&order=desc');
    const rest = await read(`/api/v1/events?limit=3&order=desc&after=${String(first.body['next_after'])}`);

    expect([...listed(first), ...listed(rest)].map(({ id }) => id)).toEqual([...ids].reverse());
    expect([first.body['has_more'], rest.body['has_more']]).toEqual([true, false]);
  });

  it('says that there is no more when a page is just full', async () => {
    await recorded.add(...Array.from({ length: 10 }, () => ({})));

    const { body } = await read('/api/v1/events?limit=10');

    expect(body['has_more']).toBe(false);
  });

  it('gives 100 unless told otherwise, and up to 1000', async () => {
    await recorded.add(...Array.from({ length: 1_001 }, () => ({ data: {} })));

    const [usual, most] = await Promise.all([read('/api/v1/events'), read('/api/v1/events?limit=1000')]);

    expect([usual, most].map((answer) => listed(answer).length)).toEqual([100, 1_000]);
    expect([usual, most].map(({ body }) => body['has_more'])).toEqual([true, true]);
  });

  it.each([
    ['system=warehouse', [2]],
    ['model=res.partner', [3]],
    ['record_id=-1', [4]],
    ['operation=unlink', [5]],
    ['priority=low', [6]],
    ['since=2026-11-23T06:22:27Z', [7]],
    ['until=2026-11-23T06:22:26Z', [8]],
    ['until=2026-11-23T06:22:26', [8]],
    ['until=2026-11-23T08:22:26%2B02:00', [8]],
    ['until=2026-11-23', [8]],
    ['since=2026-11-23T06:22:26Z&until=2026-11-23T06:22:26.001Z&limit=2', [1, 2]],
    ['model=sale.order&record_id=25&operation=write&priority=high&system=odoo&after=6', [7, 8]],
    ['after=7', [8]],
    ['after=999999999999999999', []],
    ['model=%27%3B%20drop%20table%20webhook_events', []],
  ])('filters by %s', async (query, expected) => {
    await recorded.add(
      ...[{}, { system: 'warehouse' }, { model: 'res.partner' }, { record_id: -1 }, { operation: 'unlink' }],
      ...[{ priority: 'low' }, { occurred_at: '2026-11-23T06:22:27Z' }, { occurred_at: '2026-11-22T23:59:59Z' }],
    );

    const answer = await read(`/api/v1/events?${query}`);

    expect(listed(answer).map(({ id }) => Number(id))).toEqual(expected);
  });

  it.each([
    ...['limit=0', 'limit=1001', 'limit=', 'limit=1e2', 'limit=ten', 'limit=1&limit=2', 'limit=-5', 'order=DESC'],
    ...['after=-1', 'after=x', 'after=', 'after=1234567890123456789', 'after=1&after=2'],
    ...['record_id=', 'record_id=0x10', 'record_id=-2', 'record_id=2147483648', 'record_id=7.5'],
    ...['operation=delete', 'priority=urgent', 'system=', 'model=%00', `model=${'x'.repeat(129)}`, 'model=a&model=b'],
    ...['since=yesterday', 'since=2026-02-30', 'until=2026-W05', 'until=2026-11-23T06:22:26+02:00', 'since='],
  ])('answers 400 and names the parameter when asked for %s', async (query) => {
    const { status, body } = await read(`/api/v1/events?${query}`);

    const [name] = query.split('=');
    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'QUERY_INVALID' });
    expect(body['errors']).toEqual([{ field: name, message: expect.any(String) as string }]);
  });

  it('answers 400 to an unknown parameter rather than with everything', async () => {
    const { status, body } = await read('/api/v1/events?modle=sale.order&__proto__=1');

    expect(status).toBe(400);
    expect(body['errors']).toMatchObject([{ field: 'modle' }, { field: '__proto__' }]);
    expect(body['detail']).toMatch(/there are after, limit, order, system/);
  });

  it('shows a key of one system only its own events', async () => {
    await recorded.add({}, { system: 'warehouse' }, {});

    const answers = await Promise.all([
      read('/api/v1/events', WAREHOUSE_KEY),
      read('/api/v1/events?system=warehouse', WAREHOUSE_KEY),
    ]);
    const other = await read('/api/v1/events?system=odoo', WAREHOUSE_KEY);

    expect(answers.map((answer) => listed(answer).map(({ id }) => id))).toEqual([['2'], ['2']]);
    expect(other).toMatchObject({ status: 403, body: { detail: 'This key sees only the system "warehouse".' } });
  });
});
