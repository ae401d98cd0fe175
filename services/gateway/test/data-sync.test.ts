import { randomUUID } from 'node:crypto';
import { DATA_SYNC, DataSyncJob, JsonRecord } from '@bridgecore/contracts';
import { createTestRedis, until } from '@bridgecore/devkit';
import { connectFailFast, Producer } from '@bridgecore/runtime';
import { plainKey } from '../src/keys';
import { Answer, call } from './calls';
import { openRecordedEvents, RecordedEvents } from './recorded-events';
import { declaredSystem, openTestGateway, ready, RunningGateway } from './running-gateway';
import { OPERATOR_KEY, operatorKey, PUSH_KEY, pushKey } from './test-keys';

const PATH = '/api/v1/data-sync';
const READER = 'reader-key-of-forty-characters-0123456789';
const LYON = 'lyon-key-of-forty-characters-012345678901';
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const REQUEST = { source_system_id: 'paris', target_system_id: 'lyon', model: 'res.partner' };

let recorded: RecordedEvents;
let gateway: RunningGateway;
let away: RunningGateway;
let redis: ReturnType<typeof connectFailFast>;

beforeAll(async () => {
  const [{ url }, database] = await Promise.all([createTestRedis(), openRecordedEvents()]);
  recorded = database;
  const keys = [pushKey(), operatorKey(), plainKey('reader', READER, ['read'])];
  keys.push(plainKey('lyon', LYON, ['read', 'operate'], 'lyon'));
  const given = { redisUrl: url, keys, systems: ['paris', 'lyon'].map((id) => declaredSystem(id)) };
  gateway = await openTestGateway({ ...given, databaseUrl: recorded.url });
  away = await openTestGateway(given);
  await Promise.all([ready(gateway, 'ready'), ready(away)]);
  redis = connectFailFast(url, silent);
  await until(() => redis.status === 'ready', { what: 'Redis' });
});
afterEach(async () => {
  await recorded.source.query('truncate sync_runs, sync_run_records');
  await redis.flushdb();
});
afterAll(async () => {
  await gateway.close();
  await away.close();
  redis.disconnect();
  await recorded.drop();
});

function send(
  method: string,
  path: string,
  body?: unknown,
  { key = OPERATOR_KEY, to = gateway } = {},
): Promise<Answer> {
  const headers = {
    authorization: `Bearer ${key}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  return call(to.operatorUrl + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
const post = (different: JsonRecord = {}, options = {}) => send('POST', PATH, { ...REQUEST, ...different }, options);

async function jobs(): Promise<DataSyncJob[]> {
  const waiting = await new Producer(DATA_SYNC, redis).use((queue) => queue.getJobs(['waiting'], 0, -1, true));
  return waiting.map(({ data }) => DATA_SYNC.parse(data));
}

/** A run as a worker would have kept it. */
async function keep(id: string, different: JsonRecord = {}): Promise<void> {
  const counts = {
    created: 3,
    updated: 1,
    skipped: 5,
    failed: 1,
    conflicts: 0,
    parents: {},
    left_out: [],
    latest: 'x',
  };
  const request = { filters: [], bidirectional: true, dry_run: false, correlation_id: 'c-1', key_id: 'operator' };
  const row = {
    ...{ id, source_system: 'paris', target_system: 'lyon', model: 'res.partner', request, state: 'running' },
    ...{
      direction: 'forward',
      done: 10,
      total: 40,
      result: { forward: counts },
      requested_at: new Date().toISOString(),
    },
    ...different,
  };
  await recorded.source.query(
    `insert into sync_runs (id, source_system, target_system, model, request, state, direction, done, total, result, error, requested_at)
     select id, source_system, target_system, model, request, state, direction, done, total, result, error, requested_at
       from jsonb_populate_record(null::sync_runs, $1::jsonb)`,
    [JSON.stringify(row)],
  );
  await recorded.source.query(
    `insert into sync_run_records (run_id, direction, model, record_id, action, code, message) values
       ($1, 'forward', 'res.partner', 7, 'fail', 'VALIDATION', 'not liked'), ($1, 'forward', 'res.partner', 8, 'update', 'CONFLICT', 'taken')`,
    [id],
  );
}

describe('asking for a sync', () => {
  it('answers 202 with the id of a job that the worker can read', async () => {
    const { status, body, headers } = await post({
      filters: [['is_company', '=', true]],
      bidirectional: true,
      user_id: 42,
    });

    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`${PATH}/${String(body['job_id'])}`);
    const [job] = await jobs();
    expect(job).toMatchObject({ ...REQUEST, id: body['job_id'], bidirectional: true, dry_run: false, user_id: '42' });
    expect(job).toMatchObject({
      filters: [['is_company', '=', true]],
      key_id: 'operator',
      correlation_id: body['request_id'],
    });
  });

  it('works while PostgreSQL is away', async () => {
    expect((await post({}, { to: away })).status).toBe(202);
  });

  it.each<[string, JsonRecord, string]>([
    ['a system that is not declared', { target_system_id: 'berlin' }, 'target_system_id'],
    ['one system for both', { target_system_id: 'paris' }, 'target_system_id'],
    ['no model', { model: null }, 'model'],
    ['a model that is none', { model: 'res partner' }, 'model'],
    ['a misspelt dry run', { dryrun: true }, 'dryrun'],
    ['a dry run that is a text', { dry_run: 'false' }, 'dry_run'],
    ['a policy that there is not', { conflicts: 'mine' }, 'conflicts'],
    ['filters that are no list', { filters: { city: 'Lyon' } }, 'filters'],
    ['a condition with two parts', { filters: [['city', '=']] }, 'filters'],
    ['an operator that Odoo does not know', { filters: [['city', '~', 'Lyon']] }, 'filters'],
    ['an or without conditions', { filters: ['|', ['city', '=', 'Lyon']] }, 'filters'],
    ['conditions nested without end', { filters: nested(40) }, 'filters'],
  ])('refuses %s with 422, and names the field', async (_, different, field) => {
    const { status, body } = await post(different);

    expect(status).toBe(422);
    expect((body['errors'] as { field: string }[]).map((error) => error.field)).toContain(field);
    expect(await jobs()).toEqual([]);
  });

  it.each([
    [401, 'no-such-key-of-forty-characters-012345678'],
    [403, PUSH_KEY],
    [403, READER],
    [403, LYON],
  ])('answers %i to a key that may not', async (status, key) => {
    expect((await post({}, { key })).status).toBe(status);
    expect((await send('GET', `${PATH}/${randomUUID()}`, undefined, { key })).status).toBe(status);
  });
});

/** `any` in `any`, so many levels deep. */
function nested(levels: number): unknown[] {
  return levels === 0 ? [['name', '=', 'x']] : [['child_ids', 'any', nested(levels - 1)]];
}

describe('looking at a sync', () => {
  it('tells that it waits, before any worker has begun it', async () => {
    const { body } = await post();

    const run = await send('GET', `${PATH}/${String(body['job_id'])}`);

    expect(run).toMatchObject({ status: 200, body: { state: 'waiting', ...REQUEST, progress: null, result: null } });
  });

  it('tells the progress, the result so far and what could not be done', async () => {
    const { body } = await post();
    await keep(String(body['job_id']));

    const run = await send('GET', `${PATH}/${String(body['job_id'])}`);

    expect(run.body).toMatchObject({ state: 'running', progress: { direction: 'forward', done: 10, total: 40 } });
    const errors = [{ record_id: 7, code: 'VALIDATION', message: 'not liked', model: 'res.partner' }];
    expect(run.body['result']).toMatchObject({ created: 3, updated: 1, skipped: 5, total: 10, errors });
    expect(JSON.stringify(run.body)).not.toContain('latest');
  });

  it('tells the way back under "reverse"', async () => {
    const id = randomUUID();
    const counts = { created: 1, updated: 0, skipped: 0, failed: 0, conflicts: 0, parents: {}, left_out: [] };
    await keep(id, { state: 'done', result: { forward: counts, reverse: { ...counts, created: 0, skipped: 4 } } });

    const run = await send('GET', `${PATH}/${id}`);

    expect(run.body).toMatchObject({
      state: 'done',
      result: { created: 1, total: 1, reverse: { skipped: 4, total: 4, errors: [] } },
    });
  });

  it('tells that a run is lost whose job the queue does not know any more', async () => {
    const id = randomUUID();
    await keep(id);

    const run = await send('GET', `${PATH}/${id}`);

    expect(run.body).toMatchObject({
      state: 'failed',
      error: expect.stringContaining('it goes on where it was') as string,
    });
  });

  it('lists single records page by page, and by what became of them', async () => {
    const id = randomUUID();
    await keep(id);

    const first = await send('GET', `${PATH}/${id}/records?limit=1`);
    const rest = await send('GET', `${PATH}/${id}/records?after=${String(first.body['next_after'])}`);
    const conflicts = await send('GET', `${PATH}/${id}/records?code=CONFLICT`);

    expect(first.body).toMatchObject({ records: [{ record_id: 7 }], has_more: true });
    expect(rest.body).toMatchObject({ records: [{ record_id: 8 }], has_more: false });
    expect(conflicts.body).toMatchObject({ records: [{ record_id: 8, action: 'update' }] });
  });

  it('lists the last runs, the newest first', async () => {
    await keep(randomUUID(), { requested_at: '2026-01-01T00:00:00Z', model: 'old.model' });
    await keep(randomUUID());

    const { body } = await send('GET', `${PATH}?limit=2`);

    expect((body['runs'] as JsonRecord[]).map(({ model }) => model)).toEqual(['res.partner', 'old.model']);
  });

  it.each(['not-an-id', randomUUID()])('answers 404 for %s', async (id) => {
    expect((await send('GET', `${PATH}/${id}`)).status).toBe(404);
  });

  it('answers 503 while PostgreSQL is away, 405 to what is not served, 400 to a misspelt parameter', async () => {
    expect((await send('GET', `${PATH}/${randomUUID()}`, undefined, { to: away })).status).toBe(503);
    expect((await send('DELETE', `${PATH}/${randomUUID()}`)).status).toBe(405);
    expect((await send('GET', `${PATH}?limits=2`)).status).toBe(400);
  });
});
