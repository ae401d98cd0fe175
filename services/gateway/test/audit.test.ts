import { JsonRecord, MAINTENANCE } from '@bridgecore/contracts';
import { createTestRedis, until } from '@bridgecore/devkit';
import { connectFailFast, Producer } from '@bridgecore/runtime';
import { plainKey } from '../src/keys';
import { Answer, call, get } from './calls';
import { openRecordedEvents, RecordedEvents } from './recorded-events';
import { openTestGateway, ready, RunningGateway } from './running-gateway';
import { OPERATOR_KEY, operatorKey, PUSH_KEY, pushKey } from './test-keys';

const READER = 'reader-key-of-forty-characters-0123456789';
const LYON = 'lyon-key-of-forty-characters-012345678901';
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let recorded: RecordedEvents;
let gateway: RunningGateway;
let redis: ReturnType<typeof connectFailFast>;

beforeAll(async () => {
  const [{ url }, database] = await Promise.all([createTestRedis(), openRecordedEvents()]);
  recorded = database;
  const keys = [pushKey(), operatorKey(), plainKey('reader', READER, ['read'])];
  keys.push(plainKey('lyon', LYON, ['read', 'operate'], 'lyon'));
  gateway = await openTestGateway({ redisUrl: url, databaseUrl: recorded.url, keys });
  await ready(gateway, 'ready');
  redis = connectFailFast(url, silent);
  await until(() => redis.status === 'ready', { what: 'Redis' });
});
afterEach(async () => {
  await recorded.source.query('truncate audit_logs restart identity');
  await redis.flushdb();
});
afterAll(async () => {
  await gateway.close();
  redis.disconnect();
  await recorded.drop();
});

const ROW = { service: 'worker', worker: 'w-1', action: 'event.recorded', outcome: 'recorded', system: 'odoo' };

/** Writes audit rows that are like each other but for what is given; their ids count from 1. */
async function write(...rows: JsonRecord[]): Promise<void> {
  const entries = rows.map((different) => ({ ...ROW, at: new Date().toISOString(), ...different }));
  for (const { at } of entries) await recorded.source.query('select ensure_audit_partition($1)', [at]);
  await recorded.source.query(
    `insert into audit_logs (at, service, worker, key_id, action, outcome, system, model, record_id, event_id, correlation_id, detail)
     select at, service, worker, key_id, action, outcome, system, model, record_id, event_id, correlation_id, detail
       from jsonb_populate_recordset(null::audit_logs, $1)`,
    [JSON.stringify(entries)],
  );
}

const read = (query = '', key = OPERATOR_KEY): Promise<Answer> =>
  get(`${gateway.operatorUrl}/api/v1/audit${query}`, key);
const ids = ({ body }: Answer): number[] => (body['audit'] as JsonRecord[]).map(({ id }) => Number(id));

describe('GET /api/v1/audit', () => {
  it('shows who did what to what, and how it ended', async () => {
    const at = new Date().toISOString();
    const subject = { model: 'sale.order', record_id: 25, event_id: 7, key_id: 'push', correlation_id: 'request-1' };
    await write({ at, ...subject, detail: { origin: 'push' } });

    const { status, body } = await read();

    expect(status).toBe(200);
    expect(body).toEqual({
      audit: [{ id: '1', at, ...ROW, ...subject, event_id: '7', error: null, detail: { origin: 'push' } }],
      next_after: '1',
      has_more: false,
    });
  });

  it('pages through all, oldest first, each once', async () => {
    await write(...Array.from({ length: 23 }, () => ({})));

    const pages = [await read('?limit=10'), await read('?limit=10&after=10'), await read('?limit=10&after=20')];

    expect(pages.flatMap(ids)).toEqual(Array.from({ length: 23 }, (_, n) => n + 1));
    expect(pages.map(({ body }) => [body['next_after'], body['has_more']])).toEqual([
      ['10', true],
      ['20', true],
      ['23', false],
    ]);
  });

  it('pages from the newest on with order=desc', async () => {
    await write({}, {}, {});

    const pages = [await read('?limit=2&order=desc'), await read('?limit=2&order=desc&after=2')];

    expect(pages.map(ids)).toEqual([[3, 2], [1]]);
  });

  it.each([
    ['system=lyon', [2]],
    ['model=res.partner', [3]],
    ['record_id=-1', [4]],
    ['event_id=17', [5]],
    ['action=clean_up.done', [6]],
    ['outcome=failed', [7]],
    ['key_id=operator', [8]],
    ['correlation_id=request-9', [9]],
    ['until=2026-05-01', [10]],
    ['since=2026-05-01&until=2026-06-01T00:00:00Z', [11]],
    ['system=odoo&outcome=failed', [7]],
  ])('filters by %s', async (query, found) => {
    await write({}, { system: 'lyon' }, { model: 'res.partner' }, { record_id: -1 }, { event_id: 17 });
    await write(
      { action: 'clean_up.done' },
      { outcome: 'failed' },
      { key_id: 'operator' },
      { correlation_id: 'request-9' },
    );
    await write({ at: '2026-04-30T23:59:59.999Z' }, { at: '2026-05-01T00:00:00Z' });

    expect(ids(await read(`?${query}`))).toEqual(found);
  });

  it.each([
    'systm=odoo',
    'limit=0',
    'limit=1001',
    'after=x',
    'record_id=x',
    'event_id=1.5',
    'since=yesterday',
    'action=',
  ])('refuses %s', async (query) => {
    const { status, body } = await read(`?${query}`);

    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'QUERY_INVALID' });
  });

  it('shows a key that speaks for a system only its own', async () => {
    await write({}, { system: 'lyon' }, { system: null });

    const [own, other] = [await read('', LYON), await read('?system=odoo', LYON)];

    expect(ids(own)).toEqual([2]);
    expect(other.status).toBe(403);
  });

  it('looks only at the months that it is asked for', async () => {
    await write({ at: '2026-04-15T00:00:00Z' }, { at: '2026-05-15T00:00:00Z' }, {});

    const plan = await recorded.source.query<JsonRecord[]>(
      `explain select * from audit_logs where id > 0 and at >= '2026-05-01' and at < '2026-06-01' order by id limit 101`,
    );

    expect(JSON.stringify(plan)).toContain('audit_logs_2026_05');
    expect(JSON.stringify(plan)).not.toContain('audit_logs_2026_04');
  });

  it('answers 401 and 403 to who may not read', async () => {
    const answers = await Promise.all([
      get(`${gateway.operatorUrl}/api/v1/audit`),
      read('', PUSH_KEY),
      read('', READER),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([401, 403, 200]);
  });
});

describe('POST /api/v1/audit/clean-up', () => {
  const ask = (key = OPERATOR_KEY, query = '', to = gateway): Promise<Answer> =>
    call(`${to.operatorUrl}/api/v1/audit/clean-up${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'x-request-id': 'request-of-a-test' },
    });
  const maintenance = () => new Producer(MAINTENANCE, redis);

  it('adds one job that says who asked', async () => {
    const { status, body } = await ask();

    const jobs = await maintenance().use((queue) => queue.getWaiting());
    expect(status).toBe(202);
    expect(body).toEqual({ job_id: jobs[0]?.id, state: 'queued', request_id: 'request-of-a-test' });
    expect(jobs.map(({ data }) => MAINTENANCE.parse(data))).toEqual([
      { kind: 'clean-up', key_id: 'operator', correlation_id: 'request-of-a-test' },
    ]);
  });

  it('adds no second one, and says which there is, whoever has asked for it', async () => {
    await maintenance().add(
      { kind: 'clean-up', key_id: null, correlation_id: null },
      { deduplication: { id: 'clean-up' } }, // as the scheduler does
    );
    const [due] = await maintenance().use((queue) => queue.getWaiting());

    const answers = [await ask(), await ask()];

    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    for (const { body } of answers) expect(body).toMatchObject({ job_id: due?.id, state: 'already_under_way' });
    expect(await maintenance().use((queue) => queue.getJobCounts('wait', 'active', 'delayed'))).toEqual({
      ...{ wait: 1, active: 0, delayed: 0 },
    });
  });

  it('answers 403 to a key that speaks for a system, or may only read', async () => {
    const answers = [await ask(LYON), await ask(READER), await ask(PUSH_KEY)];

    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect(answers[0]?.body['detail']).toContain('"lyon"');
    expect(await maintenance().use((queue) => queue.getWaitingCount())).toBe(0);
  });

  it('refuses a parameter, of which there are none', async () => {
    expect((await ask(OPERATOR_KEY, '?dry_run=true')).status).toBe(400);
  });

  it('answers 405 to another method', async () => {
    const { status, headers } = await read('/clean-up');

    expect([status, headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('answers 503 when Redis is away', async () => {
    const lost = await openTestGateway({ redisUrl: 'redis://127.0.0.1:9', databaseUrl: recorded.url });

    const { status, body, headers } = await ask(OPERATOR_KEY, '', lost);
    await lost.close();

    expect({ status, code: body['code'] }).toEqual({ status: 503, code: 'QUEUE_UNAVAILABLE' });
    expect(headers.get('retry-after')).toBe('5');
  });
});

describe('the audit while PostgreSQL is away', () => {
  it('answers 503', async () => {
    const { url } = await createTestRedis();
    const lost = await ready(await openTestGateway({ redisUrl: url }));

    const { status, body } = await get(`${lost.operatorUrl}/api/v1/audit`, OPERATOR_KEY);
    await lost.close();

    expect({ status, code: body['code'] }).toEqual({ status: 503, code: 'DATABASE_UNAVAILABLE' });
  });
});
