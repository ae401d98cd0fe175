import { Redis } from 'ioredis';
import { JsonRecord, ODOO_PULL, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { createTestRedis, Stack, startOwnStack, until } from '@bridgecore/devkit';
import { migrate } from '@bridgecore/database';
import { connectPatient, consume, disconnect, Producer } from '@bridgecore/runtime';
import { plainKey } from '../src/keys';
import { Answer, call, flat, get, push } from './calls';
import { openRecordedEvents, RecordedEvents } from './recorded-events';
import { declaredSystem, openTestGateway, ready, RunningGateway } from './running-gateway';
import { OPERATOR_KEY, operatorKey, PUSH_KEY, pushKey } from './test-keys';
import { addDeliveries, addSubscription, NOTIFY_TABLES } from './written-deliveries';

const LYON = 'lyon-key-of-forty-characters-012345678901';
const KEYS = [pushKey(), operatorKey(), plainKey('lyon', LYON, ['read'], 'lyon')];
const SYSTEMS = [declaredSystem('odoo'), declaredSystem('lyon')];
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let recorded: RecordedEvents;
let url: string;
let redis: Redis;
let gateway: RunningGateway;

beforeAll(async () => {
  ({ url } = await createTestRedis());
  redis = new Redis(url);
  recorded = await openRecordedEvents();
});
beforeEach(async () => {
  gateway = await openTestGateway({ redisUrl: url, databaseUrl: recorded.url, keys: KEYS, systems: SYSTEMS });
  await ready(gateway, 'ready');
  await pulledNow('odoo', 'lyon');
});
afterEach(async () => {
  await gateway.close();
  await recorded.source.query(
    `truncate ${NOTIFY_TABLES}, webhook_events, dead_letters, audit_logs, outbox, pull_cursors, system_checks restart identity`,
  );
  await redis.flushdb();
});
afterAll(async () => {
  await redis.quit();
  await recorded.drop();
});

const why = (query: string, { key = OPERATOR_KEY, to = gateway } = {}): Promise<Answer> =>
  get(`${to.operatorUrl}/api/v1/why?${query}`, key);
const OF_RECORD = 'model=sale.order&record_id=25';
const codes = ({ body }: Answer): unknown[] => (body['findings'] as JsonRecord[]).map(({ code }) => code);
const verdict = ({ body }: Answer): unknown => (body['verdict'] as JsonRecord)['code'];
const list = ({ body }: Answer, name: string): JsonRecord[] => body[name] as JsonRecord[];

/** As if each had just been pulled and found in order. */
async function pulledNow(...systems: string[]): Promise<void> {
  await recorded.source.query(
    `insert into pull_cursors (system, runs, last_run_at, succeeded_at) select id, 1, now(), now() from unnest($1::text[]) as id`,
    [systems],
  );
  const detail = { problems: [], reachable: true, key_accepted: true, clock_skew_seconds: 0 };
  await recorded.source.query(
    `insert into system_checks select id, now(), now(), 'ok', $2 from unnest($1::text[]) as id`,
    [systems, detail],
  );
}

const bury = (different: JsonRecord = {}): Promise<unknown> =>
  recorded.source.query(
    `insert into dead_letters (system, origin, raw, raw_hash, reason, error, correlation_id, model, record_id, status)
     select coalesce(system, 'odoo'), 'push', '{"secret":1}', gen_random_uuid(), '22P05', 'unsupported Unicode', 'request-9', 'sale.order', 25,
            coalesce(status, 'open') from jsonb_to_record($1) as letter (system text, status text)`,
    [different],
  );

const event = (different: JsonRecord = {}): JsonRecord => ({
  ...{ system: 'odoo', model: 'sale.order', record_id: 25, operation: 'write', occurred_at: '2026-11-23T06:22:26Z' },
  ...{ received_at: '2026-11-23T06:22:27Z', correlation_id: 'request-7', key_id: 'push', data: { secret: 1 } },
  ...different,
});
const enqueue = (data: JsonRecord, options = {}): Promise<void> =>
  new Producer<object>(WEBHOOK_EVENTS, redis).add(data, options);

describe('GET /api/v1/why', () => {
  it('tells the whole story of a recorded record, oldest event first, each with its audit', async () => {
    const soon = { occurred_at: new Date().toISOString(), received_at: new Date().toISOString() };
    const [first, second] = await recorded.add({ ...soon, push_id: '8', pushed_at: soon.received_at }, soon, {
      ...{ ...soon, record_id: 26 },
    });
    await recorded.source.query(
      `insert into audit_logs (service, worker, action, outcome, event_id, correlation_id)
       values ('worker', 'w', 'event.recorded', 'recorded', $1, 'request-1'), ('worker', 'w', 'event.joined', 'joined', $1, 'request-2')`,
      [first],
    );

    const answer = await why(OF_RECORD);

    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      ...{ model: 'sale.order', record_id: 25, system: null, asked_at: expect.any(String) as string },
      ...{ verdict: { code: 'RECORDED' }, events_more: false, dead_letters: [], queued: [], queued_all_seen: true },
      ...{ outbox: [], deliveries: [], systems: [{ id: 'odoo' }, { id: 'lyon' }], findings: [] },
      gateway: { checks: { redis: 'up', postgres: 'up' }, redis_evicts_by: null, refused_pushes: [] },
    });
    const [oldest, newest] = list(answer, 'events');
    expect([oldest?.['id'], newest?.['id']]).toEqual([first, second]);
    expect((oldest?.['audit'] as JsonRecord[]).map(({ action }) => action)).toEqual(['event.recorded', 'event.joined']);
    const { body: shown } = await get(`${gateway.operatorUrl}/api/v1/events/${String(second)}`, OPERATOR_KEY);
    expect(newest).toEqual({ ...(shown['event'] as JsonRecord), audit: [] });
  });

  it('tells the newest twenty events, and that there are more', async () => {
    const ids = await recorded.add(...Array.from({ length: 23 }, (_, at) => ({ push_id: String(at) })));

    const answer = await why(OF_RECORD);

    expect(list(answer, 'events').map(({ id }) => id)).toEqual(ids.slice(3));
    expect(answer.body['events_more']).toBe(true);
  });

  it('tells the same record of two systems apart when it is asked to', async () => {
    await recorded.add({}, { system: 'lyon' }, { system: 'removed' });

    const all = await why(OF_RECORD);
    const one = await why(`${OF_RECORD}&system=lyon`);

    expect(list(all, 'events').map(({ system }) => system)).toEqual(['odoo', 'lyon', 'removed']);
    expect(list(one, 'events').map(({ system }) => system)).toEqual(['lyon']);
    expect(list(one, 'systems').map(({ id }) => id)).toEqual(['lyon']);
    expect(one.body['system']).toBe('lyon');
  });

  it('finds what waits in the queue, in every state, and shows no payload', async () => {
    const other = event({ record_id: 250, correlation_id: 'other' });
    await enqueue({ events: [other, event()], rejected: [] }, { jobId: 'job-1' });
    await enqueue(
      { events: [event({ correlation_id: 'request-8' })], rejected: [] },
      { jobId: 'job-2', delay: 60_000 },
    );
    await enqueue({ events: [event({ model: 'sale.order.line' }), event({ system: 'lyon' })], rejected: [] });

    const answer = await why(`${OF_RECORD}&system=odoo`);

    expect(verdict(answer)).toBe('QUEUED');
    expect(list(answer, 'queued')).toEqual([
      {
        ...{ queue: 'webhook-events', job_id: 'job-1', state: 'waiting', system: 'odoo', attempts: 0 },
        ...{ attempts_allowed: 8, next_attempt_at: null, error: null, operation: 'write' },
        ...{ occurred_at: '2026-11-23T06:22:26Z', received_at: '2026-11-23T06:22:27Z' },
        ...{ correlation_id: 'request-7', key_id: 'push' },
      },
      expect.objectContaining({ job_id: 'job-2', state: 'delayed', next_attempt_at: expect.any(String) as string }),
    ]);
    expect(JSON.stringify(answer.body)).not.toContain('secret');
  });

  it('tells a record from others whose ids begin alike, however many there are', async () => {
    const others = Array.from({ length: 150 }, (_, at) => event({ record_id: 2_500 + at, data: { partner_id: 25 } }));
    for (const other of others) await enqueue({ events: [other], rejected: [] });
    await enqueue({ events: [event({ model: 'res.partner' }), event({ record_id: 1 })], rejected: [] });
    await enqueue({ events: [event()], rejected: [] }, { jobId: 'job-1' });

    const answer = await why(OF_RECORD);

    expect(list(answer, 'queued').map(({ job_id }) => job_id)).toEqual(['job-1']);
    expect(answer.body['queued_all_seen']).toBe(true);
  });

  it('finds a push that no worker has taken yet', async () => {
    await push(gateway, flat({ model: 'sale.order', record_id: 25 }), { 'x-request-id': 'request-of-push' });

    const answer = await why(OF_RECORD);

    expect(verdict(answer)).toBe('QUEUED');
    expect(list(answer, 'queued')).toMatchObject([
      { correlation_id: 'request-of-push', key_id: 'push', system: 'odoo' },
    ]);
  });

  it('finds an item of a batch that was refused and waits to become a dead letter', async () => {
    const bad = { model: 'sale.order', record_id: 25, event: 'burn' };
    await push(gateway, { batch: true, events: [bad, flat({ record_id: 26, model: 'sale.order' })] });

    const answer = await why(OF_RECORD);

    expect(list(answer, 'queued')).toMatchObject([{ operation: null, system: 'odoo', state: 'waiting' }]);
  });

  it('tells of a job that failed for good, and what to do', async () => {
    const patient = connectPatient(url, silent);
    const work = (): Promise<never> => Promise.reject(new Error('a bug of ours'));
    await enqueue({ events: [event()], rejected: [] }, { jobId: 'job-1', attempts: 1 });
    const parse = WEBHOOK_EVENTS.parse;
    const definition = { ...WEBHOOK_EVENTS, parse: (data: unknown) => (parse(data), data as object) };
    const consumer = consume({ definition, concurrency: 1, redis: patient, log: silent, work });
    const isFailed = async (): Promise<boolean> => verdict(await why(OF_RECORD)) === 'FAILED_JOB';
    await until(isFailed, { what: 'the job to fail' });

    const answer = await why(OF_RECORD);
    await consumer.close();
    await disconnect(patient);

    expect(codes(answer)[0]).toBe('JOB_FAILED');
    expect((answer.body['verdict'] as JsonRecord)['text']).toContain('a bug of ours');
    expect(list(answer, 'queued')).toMatchObject([{ state: 'failed', attempts: 1, error: 'a bug of ours' }]);
  });

  it('names the dead letter, its reason and how it is replayed, without its body', async () => {
    await recorded.add({});
    await bury({ status: 'replayed' });
    await bury();

    const answer = await why(OF_RECORD);

    expect(verdict(answer)).toBe('DEAD_LETTER');
    expect(list(answer, 'dead_letters').map(({ id, status }) => [id, status])).toEqual([
      ['1', 'replayed'],
      ['2', 'open'],
    ]);
    expect(list(answer, 'findings')[0]).toMatchObject({ code: 'DEAD_LETTER', severity: 'error', system: 'odoo' });
    expect(list(answer, 'findings')[0]?.['hint']).toContain('`bridgecore dead-letters replay 2`');
    expect(JSON.stringify(answer.body)).not.toContain('secret');
  });

  it('tells which delivery of a recorded event fails', async () => {
    const [id] = await recorded.add({});
    await recorded.source.query(
      `insert into outbox (subscriber, event_id, system, attempts, last_error) values ('shop', $1, 'odoo', 3, 'refused')`,
      [id],
    );

    const answer = await why(OF_RECORD);

    expect(verdict(answer)).toBe('RECORDED_NOT_DELIVERED');
    expect(codes(answer)[0]).toBe('OUTBOX_FAILS');
    expect(list(answer, 'outbox')).toEqual([
      {
        ...{ event_id: id, subscriber: 'shop', attempts: 3, last_error: 'refused' },
        next_attempt_at: expect.any(String) as string,
      },
    ]);
  });

  it('tells of each delivery how it stands, how its subscription does, and what it waits behind', async () => {
    const [first, second] = await recorded.add({}, {});
    const ordered = { ordered: true, state: 'waiting' };
    const paused = { state: 'paused', paused_by: 'gone', paused_at: '2026-11-26T06:00:00Z', failures: 7 };
    const shop = await addSubscription(recorded.source, { ...ordered, ...paused });
    await addDeliveries(recorded.source, shop, { ...ordered, event_id: first, attempts: 3, last_status: 410 });
    await addDeliveries(recorded.source, shop, { ...ordered, event_id: second });
    const erp = await addSubscription(recorded.source, { name: 'erp' });
    const claim = { claim: '5b7c6d0e-8a0f-4f0e-9d6e-0c6f1f1f1f1f', next_attempt_at: '2999-01-01T00:00:00Z' };
    await addDeliveries(recorded.source, erp, { event_id: second, ...claim });

    const answer = await why(OF_RECORD);

    expect(verdict(answer)).toBe('RECORDED_NOT_DELIVERED');
    const receiver = {
      ...{ state: 'paused', paused_by: 'gone', paused_at: '2026-11-26T06:00:00.000Z', pause_reason: null },
      ...{ failures: 7, failing_since: null, open_until: null },
    };
    expect(list(answer, 'deliveries')).toEqual([
      expect.objectContaining({ id: '1', event_id: first, waits_behind: null, under_way: false, receiver }),
      expect.objectContaining({ id: '2', event_id: second, waits_behind: '1', under_way: false, receiver }),
      expect.objectContaining({ id: '3', subscription: 'erp', waits_behind: null, under_way: true }),
    ]);
    expect(list(answer, 'deliveries')[0]).not.toHaveProperty('receiver_state');
    expect(codes(answer)).toEqual(['DELIVERY_FAILS', 'SUBSCRIPTION_PAUSED', 'DELIVERY_WAITS', 'DELIVERY_WAITS']);
  });

  it('tells first of all what is not delivered when there are more deliveries than are told', async () => {
    const [event] = await recorded.add({});
    for (let at = 0; at < 52; at++) {
      const id = await addSubscription(recorded.source, { name: `shop-${at}` });
      await addDeliveries(recorded.source, id, { event_id: event, state: at === 0 ? 'dead' : 'delivered' });
    }

    const answer = await why(OF_RECORD);

    expect(list(answer, 'deliveries').map(({ id }) => id)).toEqual([
      ...['1', ...Array.from({ length: 49 }, (_, at) => String(at + 4))],
    ]);
    expect(codes(answer)).toEqual(['DELIVERY_DEAD']);
  });

  it('tells a model that never came from a record that never came', async () => {
    await recorded.add({ record_id: 1, system: 'lyon' });

    const answer = await why(OF_RECORD);

    expect(verdict(answer)).toBe('NOT_ARRIVED');
    expect(list(answer, 'findings').map(({ code, system }) => [code, system])).toEqual([
      ['NOT_CONFIGURED_IN_ODOO', 'odoo'],
      ['MODEL_SEEN_BUT_NOT_RECORD', 'lyon'],
    ]);
  });

  it('knows from the last run why a system is not pulled, whatever an older check has found', async () => {
    await recorded.source.query(
      `update pull_cursors set last_run_at = now(), succeeded_at = now() - interval '1 hour';
       update system_checks set checked_at = now() - interval '20 minutes'`,
    );
    const patient = connectPatient(url, silent);
    const reason = 'Odoo at https://odoo.example.com answered 401: Invalid API key.';
    const work = (): Promise<never> => Promise.reject(new Error(reason));
    const consumer = consume({ definition: ODOO_PULL, concurrency: 1, redis: patient, log: silent, work });
    await new Producer(ODOO_PULL, redis).add({ system: 'odoo' });
    const failed = () => new Producer(ODOO_PULL, redis).use((queue) => queue.getFailedCount());
    await until(async () => (await failed()) === 1, { what: 'the run to fail' });

    const answer = await why(`${OF_RECORD}&system=odoo`);
    await consumer.close();
    await disconnect(patient);

    const [first] = list(answer, 'findings');
    expect(first).toMatchObject({ code: 'ODOO_KEY_REFUSED', system: 'odoo', severity: 'error' });
    expect(first?.['text']).toContain('Invalid API key');
    expect(first?.['hint']).toContain('webhook.api_key');
  });

  it('remembers which pushes were refused and why, by code and key', async () => {
    await push(gateway, flat(), { authorization: 'Bearer False' });
    await push(gateway, flat(), { authorization: 'Bearer False' });
    await push(gateway, flat({ record_id: 'none' }));
    await push(gateway, flat());

    const answer = await why(OF_RECORD);

    const refused = (answer.body['gateway'] as JsonRecord)['refused_pushes'];
    expect(refused).toEqual([
      {
        ...{ code: 'EVENT_INVALID', key_id: 'push', system: 'odoo', count: 1 },
        ...{ last_at: expect.any(String) as string, detail: expect.stringContaining('record_id') as string },
      },
      {
        ...{ code: 'AUTHENTICATION_REQUIRED', key_id: null, system: null, count: 2 },
        ...{ last_at: expect.any(String) as string, detail: expect.stringContaining('no token') as string },
      },
    ]);
    expect(codes(answer).filter((code) => code === 'PUSHES_REFUSED')).toHaveLength(2);
  });

  it('shows a key that speaks for a system its own alone', async () => {
    await recorded.add({}, { system: 'lyon' });
    await bury();
    await enqueue({ events: [event(), event({ system: 'lyon' })], rejected: [] });
    await push(gateway, flat({ record_id: 'none' }));

    const answer = await why(OF_RECORD, { key: LYON });
    const other = await why(`${OF_RECORD}&system=odoo`, { key: LYON });

    const systems = ['events', 'dead_letters', 'queued'].flatMap((name) => list(answer, name));
    expect(systems.map(({ system }) => system)).toEqual(['lyon', 'lyon']);
    expect(list(answer, 'systems').map(({ id }) => id)).toEqual(['lyon']);
    expect((answer.body['gateway'] as JsonRecord)['refused_pushes']).toEqual([]);
    expect(answer.body['system']).toBe('lyon');
    expect(other.status).toBe(403);
  });

  it.each([
    ...[
      '',
      'model=sale.order',
      'record_id=25',
      'model=&record_id=25',
      'model=sale.order&record_id=',
      'model=a%00&record_id=1',
    ],
    ...['model=sale.order&record_id=25.5', 'model=sale.order&record_id=-2', 'model=sale.order&record_id=99999999999'],
    ...[
      `${OF_RECORD}&limit=1`,
      `${OF_RECORD}&system=`,
      `${OF_RECORD}&record_id=26`,
      `model=${'x'.repeat(129)}&record_id=1`,
    ],
  ])('answers 400 to ?%s', async (query) => {
    const { status, body } = await why(query);

    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'QUERY_INVALID' });
  });

  it('answers 401 and 403 to who may not read, and 405 to another method', async () => {
    const path = `${gateway.operatorUrl}/api/v1/why?${OF_RECORD}`;
    const answers = await Promise.all([
      get(path),
      why(OF_RECORD, { key: PUSH_KEY }),
      call(path, { method: 'POST', headers: { authorization: `Bearer ${OPERATOR_KEY}` } }),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([401, 403, 405]);
  });

  it('takes names that mean something elsewhere for names', async () => {
    const answer = await why(`model=${encodeURIComponent(`'"\\%{}`)}&record_id=-1&system=constructor`);

    expect(verdict(answer)).toBe('NOT_ARRIVED');
    expect(codes(answer)).toContain('SYSTEM_NOT_DECLARED');
  });
});

describe('the story of a record while a store is away', () => {
  it('says so of PostgreSQL, and tells what waits in the queue', async () => {
    const lost = await ready(await openTestGateway({ redisUrl: url, keys: KEYS, systems: SYSTEMS }));
    await enqueue({ events: [event()], rejected: [] });

    const answer = await why(OF_RECORD, { to: lost });
    const other = await why('model=sale.order&record_id=26', { to: lost });
    await lost.close();

    expect(answer.status).toBe(200);
    const unknown = { events: null, dead_letters: null, outbox: null, deliveries: null, systems: null };
    expect(answer.body).toMatchObject({ ...unknown, events_more: false, queued: [{ state: 'waiting' }] });
    expect([verdict(answer), codes(answer)[0]]).toEqual(['QUEUED', 'POSTGRES_AWAY']);
    expect(verdict(other)).toBe('UNKNOWN');
  });

  it('says so of Redis, and tells what is recorded', async () => {
    await recorded.add({});
    const given = { keys: KEYS, systems: SYSTEMS, databaseUrl: recorded.url };
    const lost = await openTestGateway({ redisUrl: 'redis://127.0.0.1:9', ...given });
    await ready(lost, 'not ready');
    const isOpen = async (): Promise<boolean> => (await why(OF_RECORD, { to: lost })).body['events'] !== null;
    await until(isOpen, { what: 'PostgreSQL' });

    const answer = await why(OF_RECORD, { to: lost });
    const other = await why('model=sale.order&record_id=26', { to: lost });
    await lost.close();

    expect(answer.body).toMatchObject({ events: [{ record_id: 25 }], queued: null, queued_all_seen: false });
    expect([verdict(answer), codes(answer)[0]]).toEqual(['RECORDED', 'REDIS_AWAY']);
    expect(verdict(other)).toBe('UNKNOWN');
  });

  describe('that belong to this test', () => {
    let stack: Stack;
    let own: RunningGateway;

    beforeAll(async () => {
      stack = await startOwnStack();
      await migrate(stack.databaseUrl);
      const given = { redisUrl: stack.redisUrl, databaseUrl: stack.databaseUrl };
      own = await ready(await openTestGateway({ ...given, keys: KEYS, systems: SYSTEMS }), 'ready');
    }, 60_000);
    afterAll(async () => {
      await own.close();
      await stack.stop();
    });

    it('answers in a bounded time when both hang, and as before when they go on', async () => {
      await stack.redis.pause();
      await stack.postgres.pause();
      const answer = await why(OF_RECORD, { to: own });
      await stack.redis.resume();
      await stack.postgres.resume();

      expect(answer.body).toMatchObject({ events: null, queued: null, verdict: { code: 'UNKNOWN' } });
      const isBack = async (): Promise<boolean> => verdict(await why(OF_RECORD, { to: own })) === 'NOT_ARRIVED';
      await until(isBack, { what: 'both stores', timeoutMs: 30_000 });
    }, 60_000);

    it('tells that Redis is set to throw data away', async () => {
      const client = new Redis(stack.redisUrl);
      await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
      const isTold = async (): Promise<boolean> => codes(await why(OF_RECORD, { to: own })).includes('REDIS_EVICTS');
      await until(isTold, { what: 'the finding', timeoutMs: 20_000 });

      const { body } = await why(OF_RECORD, { to: own });
      await client.config('SET', 'maxmemory-policy', 'noeviction');
      await client.quit();

      expect(body['gateway']).toMatchObject({ redis_evicts_by: 'allkeys-lru', checks: { redis: 'down' } });
      expect(list({ body } as Answer, 'findings')[0]).toMatchObject({ code: 'REDIS_EVICTS', severity: 'error' });
    }, 60_000);
  });
});
