import { JsonRecord, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { createTestRedis, until } from '@bridgecore/devkit';
import { connectFailFast, Producer } from '@bridgecore/runtime';
import { plainKey } from '../src/keys';
import { Answer, call } from './calls';
import { openRecordedEvents, RecordedEvents } from './recorded-events';
import { openTestGateway, ready, RunningGateway } from './running-gateway';
import { OPERATOR_KEY, operatorKey, PUSH_KEY, pushKey } from './test-keys';

const PATH = '/api/v1/dead-letters';
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
  await recorded.source.query('truncate dead_letters, audit_logs restart identity');
  await redis.flushdb();
});
afterAll(async () => {
  await gateway.close();
  redis.disconnect();
  await recorded.drop();
});

/** Buries letters that are like each other but for what is given. */
async function bury(...letters: JsonRecord[]): Promise<void> {
  const letter = { system: 'odoo', origin: 'push', kind: 'event', raw: '{"data":"\\u0000"}', reason: '22P05' };
  const rest = {
    error: 'unsupported',
    model: 'sale.order',
    record_id: 25,
    correlation_id: 'request-1',
    key_id: 'push',
  };
  await recorded.source.query(
    `insert into dead_letters (system, origin, origin_id, kind, raw, raw_hash, reason, error, model, record_id, correlation_id, key_id, status)
     select system, origin, n::text, kind, raw, gen_random_uuid(), reason, error, model, record_id, correlation_id, key_id, coalesce(status, 'open')
       from jsonb_to_recordset($1) as letter (system text, origin text, kind text, raw text, reason text,
            error text, model text, record_id integer, correlation_id text, key_id text, status text, n bigint)`,
    [JSON.stringify(letters.map((different, at) => ({ ...letter, ...rest, n: at + 1, ...different })))],
  );
}

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

const list = (query = '', key?: string): Promise<Answer> => send('GET', query, key === undefined ? {} : { key });
const ids = ({ body }: Answer): unknown[] => (body['dead_letters'] as JsonRecord[]).map(({ id }) => id);
const audit = (): Promise<unknown> =>
  recorded.source.query('select service, action, key_id, correlation_id, detail from audit_logs order by id');
const replays = async (): Promise<readonly (readonly string[])[]> => {
  const jobs = await new Producer(WEBHOOK_EVENTS, redis).use((queue) => queue.getJobs(['prioritized'], 0, -1, true));
  return jobs.map(({ data }) => WEBHOOK_EVENTS.parse(data).replay?.ids ?? []);
};

describe('the list of dead letters', () => {
  it('is empty when nothing was buried', async () => {
    expect((await list()).body).toEqual({ dead_letters: [], next_after: '0', has_more: false, open: 0 });
  });

  it('gives those of one record, and counts the open ones among them', async () => {
    await bury({}, { record_id: 26 }, { status: 'replayed' }, { model: 'res.partner' });

    const { body } = await list('?model=sale.order&record_id=25');

    expect(body).toMatchObject({ dead_letters: [{ id: '1' }, { id: '3' }], open: 1 });
    expect((await list('?record_id=25.5')).status).toBe(400);
    expect((await send('POST', '/replay', { body: { filter: { record_id: 26 } } })).body['count']).toBe(1);
    expect((await send('POST', '/replay', { body: { filter: { record_id: 'x' } } })).status).toBe(422);
  });

  it('gives them oldest first and page by page, without their bodies', async () => {
    await bury({}, { status: 'discarded' }, {});

    const { body } = await list('?limit=2');

    expect(body).toMatchObject({ next_after: '2', has_more: true, open: 2 });
    expect(body['dead_letters']).toMatchObject([
      { id: '1', reason: '22P05', attempts: 1, status: 'open' },
      { id: '2' },
    ]);
    expect(JSON.stringify(body)).not.toContain('raw');
    expect(ids(await list('?after=2'))).toEqual(['3']);
  });

  it.each([
    ['?status=discarded', ['2']],
    ['?system=paris', ['3']],
    ['?model=res.partner', ['4']],
    ['?reason=EVENT_INVALID', ['1']],
  ])('is filtered by %s', async (query, expected) => {
    await bury({ reason: 'EVENT_INVALID' }, { status: 'discarded' }, { system: 'paris' }, { model: 'res.partner' });

    expect(ids(await list(query))).toEqual(expected);
  });

  it.each(['?limit=0', '?status=lost', '?sytem=odoo', '?after=x', '?model=%00'])('refuses %s', async (query) => {
    expect(await list(query)).toMatchObject({ status: 400, body: { code: 'QUERY_INVALID' } });
  });

  it('shows a key its own system only', async () => {
    await bury({}, { system: 'lyon' });

    expect(ids(await list('', LYON))).toEqual(['2']);
    expect(await list('?system=odoo', LYON)).toMatchObject({ status: 403 });
    expect(await send('GET', '/1', { key: LYON })).toMatchObject({ status: 404 });
  });
});

describe('one dead letter', () => {
  it('is shown with its body and what was done about it', async () => {
    await bury({});
    await recorded.source.query(`
      insert into audit_logs (service, worker, action, outcome, system, correlation_id, detail) values
        ('worker', 'w-1', 'event.dead_lettered', 'failed', 'odoo', 'request-1', '{"dead_letter_id": "1"}'),
        ('worker', 'w-1', 'event.dead_lettered', 'failed', 'odoo', 'request-1', '{"dead_letter_id": "2"}'),
        ('worker', 'w-1', 'dead_letter.replay_failed', 'failed', 'odoo', 'another', '{"dead_letter_id": "1"}')`);

    const { status, body } = await send('GET', '/1');

    expect(status).toBe(200);
    expect(body['dead_letter']).toMatchObject({ id: '1', raw: '{"data":"\\u0000"}', origin_id: '1', kind: 'event' });
    expect(body['audit']).toMatchObject([
      { action: 'event.dead_lettered', detail: { dead_letter_id: '1' } },
      { action: 'dead_letter.replay_failed' },
    ]);
  });

  it.each(['/2', '/0', '/x', '/99999999999999999999', '/replay'])('is not there: %s', async (path) => {
    await bury({});

    expect(await send('GET', path)).toMatchObject({ status: path === '/replay' ? 405 : 404 });
  });
});

describe('replaying one', () => {
  it('puts it behind all that is live, and notes who asked', async () => {
    await bury({});

    const { status, body } = await send('POST', '/1/replay');

    expect(status).toBe(202);
    expect(body).toEqual({ id: '1', count: 1, request_id: expect.any(String) as string });
    expect(await replays()).toEqual([['1']]);
    expect(await audit()).toEqual([
      {
        ...{ service: 'gateway', action: 'dead_letter.replay_requested', key_id: 'operator' },
        ...{ correlation_id: body['request_id'], detail: { dead_letter_id: '1' } },
      },
    ]);
  });

  it.each(['replayed', 'discarded'])('is refused when it is %s', async (status) => {
    await bury({ status });

    expect(await send('POST', '/1/replay')).toMatchObject({
      ...{ status: 409, body: { code: 'DEAD_LETTER_CLOSED', detail: expect.stringContaining(status) as string } },
    });
    expect(await replays()).toEqual([]);
    expect(await audit()).toEqual([]);
  });

  it.each([
    ['GET', '/1/replay', OPERATOR_KEY, 405],
    ['POST', '/2/replay', OPERATOR_KEY, 404],
    ['POST', '/1/replay', LYON, 404],
    ['POST', '/1/replay', READER, 403],
    ['POST', '/1/replay', PUSH_KEY, 403],
    ['POST', '/1/replay', 'unknown', 401],
  ])('answers %s %s with %s as it should', async (method, path, key, status) => {
    await bury({});

    expect((await send(method, path, { key })).status).toBe(status);
    expect(await replays()).toEqual([]);
  });
});

describe('discarding one', () => {
  it('closes it for good, with a reason in the audit', async () => {
    await bury({});

    const { status, body } = await send('POST', '/1/discard', { body: { reason: 'a test of ours' } });

    expect(status).toBe(200);
    expect(body).toMatchObject({ id: '1', status: 'discarded' });
    expect((await send('GET', '/1')).body['dead_letter']).toMatchObject({
      ...{ status: 'discarded', closed_at: expect.any(String) as string },
    });
    expect(await audit()).toMatchObject([
      {
        action: 'dead_letter.discarded',
        key_id: 'operator',
        detail: { dead_letter_id: '1', reason: 'a test of ours' },
      },
    ]);
    expect(await send('POST', '/1/discard')).toMatchObject({ status: 409 });
  });

  it('needs no body', async () => {
    await bury({});

    expect((await send('POST', '/1/discard')).status).toBe(200);
  });

  it.each([
    ['{', 400],
    [{ reason: 7 }, 422],
    [{ reason: 'a\u0000b' }, 422],
    [{ because: 'x' }, 422],
    [[], 422],
  ])('refuses the body %j', async (body, status) => {
    await bury({});

    expect((await send('POST', '/1/discard', { body })).status).toBe(status);
    expect((await list('?status=open')).body['open']).toBe(1);
  });

  it('makes the month of the audit when nobody has', async () => {
    await bury({});
    await recorded.source.query(`do $$ declare name text; begin
      for name in select inhrelid::regclass::text from pg_inherits where inhparent = 'audit_logs'::regclass loop
        execute 'drop table ' || name; end loop; end $$`);

    expect((await send('POST', '/1/discard')).status).toBe(200);
  });
});

describe('replaying many', () => {
  const replay = (body: unknown, key = OPERATOR_KEY): Promise<Answer> => send('POST', '/replay', { body, key });

  it('says how many there are, and does nothing, unless told to', async () => {
    await bury({}, {}, { reason: 'EVENT_INVALID' }, { status: 'discarded' });

    expect(await replay({ filter: {} })).toMatchObject({ status: 200, body: { dry_run: true, count: 3 } });
    expect(await replay({ filter: { reason: '22P05' } })).toMatchObject({ body: { count: 2 } });

    expect(await replays()).toEqual([]);
    expect(await audit()).toEqual([]);
  });

  it('asks for all open ones that the filter means, a hundred in a job', async () => {
    await bury(...Array.from({ length: 1_205 }, () => ({})), { reason: 'EVENT_INVALID' }, { status: 'replayed' });

    expect(await replay({ filter: { reason: '22P05' }, dry_run: false })).toMatchObject({
      ...{ status: 202, body: { dry_run: false, count: 1_205 } },
    });

    const jobs = await replays();
    expect(jobs).toHaveLength(13);
    expect(new Set(jobs.flat()).size).toBe(1_205);
    expect(await audit()).toMatchObject([
      { action: 'dead_letter.replay_requested', key_id: 'operator', detail: { filter: { reason: '22P05' } } },
    ]);
  });

  it('touches only the own system of a key that has one', async () => {
    await bury({}, { system: 'lyon' });

    expect(await replay({ filter: {}, dry_run: false }, LYON)).toMatchObject({ body: { count: 1 } });
    expect(await replays()).toEqual([['2']]);
    expect(await replay({ filter: { system: 'odoo' } }, LYON)).toMatchObject({ status: 403 });
  });

  it.each([
    [{}, 422],
    [{ filter: 'all' }, 422],
    [{ filter: { resaon: 'x' } }, 422],
    [{ filter: {}, dryrun: false }, 422],
    [{ filter: {}, dry_run: 'no' }, 422],
    ['not json', 400],
    ['', 400],
  ])('refuses the body %j', async (body, status) => {
    await bury({});

    expect((await replay(body)).status).toBe(status);
    expect(await replays()).toEqual([]);
  });
});

describe('dead letters while a store is away', () => {
  it('answers 503 and says which', async () => {
    const { url } = await createTestRedis();
    const lonely = await ready(await openTestGateway({ redisUrl: url }));

    const answer = await call(`${lonely.operatorUrl}${PATH}`, { headers: { authorization: `Bearer ${OPERATOR_KEY}` } });

    expect(answer).toMatchObject({ status: 503, body: { code: 'DATABASE_UNAVAILABLE' } });
    await lonely.close();
  });
});
