import { Redis } from 'ioredis';
import { JsonRecord, ODOO_PULL, PullJob } from '@bridgecore/contracts';
import { createTestRedis } from '@bridgecore/devkit';
import { Producer } from '@bridgecore/runtime';
import { plainKey } from '../src/keys';
import { Answer, call, get } from './calls';
import { openRecordedEvents, RecordedEvents } from './recorded-events';
import { declaredSystem, openTestGateway, ready, RunningGateway } from './running-gateway';
import { OPERATOR_KEY, operatorKey, PUSH_KEY, pushKey } from './test-keys';

const READER = 'reader-key-of-forty-characters-0123456789';
const LYON = 'lyon-key-of-forty-characters-012345678901';
const KEYS = [
  pushKey(),
  operatorKey(),
  plainKey('reader', READER, ['read']),
  plainKey('lyon', LYON, ['read', 'operate'], 'lyon'),
];
const SYSTEMS = [declaredSystem('paris'), declaredSystem('lyon')];

let recorded: RecordedEvents;
let redis: Redis;
let gateway: RunningGateway;

beforeAll(async () => {
  const { url: redisUrl } = await createTestRedis();
  redis = new Redis(redisUrl);
  recorded = await openRecordedEvents();
  gateway = await openTestGateway({ redisUrl, databaseUrl: recorded.url, keys: KEYS, systems: SYSTEMS });
  await ready(gateway, 'ready');
});
afterEach(async () => {
  await recorded.source.query('truncate audit_logs restart identity');
  await redis.flushdb();
});
afterAll(async () => {
  await gateway.close();
  await redis.quit();
  await recorded.drop();
});

function ask(path: string, { key = OPERATOR_KEY, to = gateway, id = 'request-of-a-test' } = {}): Promise<Answer> {
  const headers = { authorization: `Bearer ${key}`, 'x-request-id': id };
  return call(`${to.operatorUrl}/api/v1/systems/${path}`, { method: 'POST', headers });
}

const pulls = () => new Producer(ODOO_PULL, redis);
const jobs = async (): Promise<(PullJob & { id: string | undefined })[]> => {
  const waiting = await pulls().use((queue) => queue.getJobs(['waiting'], 0, -1, true));
  return waiting.map(({ id, data }) => ({ id, ...ODOO_PULL.parse(data) }));
};
const audit = (): Promise<JsonRecord[]> =>
  recorded.source.query('select action, outcome, system, key_id, correlation_id, detail from audit_logs order by id');

describe.each(['pull', 'sweep'])('POST /api/v1/systems/{id}/%s', (kind) => {
  it('adds one job that says who asked, tells where it is seen, and leaves an audit row', async () => {
    const { status, body, headers } = await ask(`paris/${kind}`);

    const [job, ...others] = await jobs();
    const by = { key_id: 'operator', correlation_id: 'request-of-a-test' };
    const asked = { job_id: job?.id, queue: 'odoo-pull', state: 'queued' };
    expect(status).toBe(202);
    expect(body).toEqual({ ...asked, request_id: 'request-of-a-test' });
    expect(headers.get('location')).toBe(`/api/v1/jobs/odoo-pull/${String(job?.id)}`);
    expect(job).toEqual({ id: job?.id, system: 'paris', ...(kind === 'sweep' ? { sweep: true } : {}), ...by });
    expect(others).toEqual([]);
    expect(await audit()).toEqual([
      { action: `${kind}.requested`, outcome: 'done', system: 'paris', ...by, detail: asked },
    ]);
  });

  it('adds no second one while one waits, and says which there is, whoever has asked for it', async () => {
    const first = await ask(`paris/${kind}`, { id: 'request-of-one' });

    const again = await ask(`paris/${kind}`, { id: 'request-of-two' });
    const other = await ask(`lyon/${kind}`);

    expect(again.body).toMatchObject({ job_id: first.body['job_id'], state: 'already_under_way' });
    expect(other.body['state']).toBe('queued');
    expect((await jobs()).map(({ correlation_id }) => correlation_id)).toEqual(['request-of-one', 'request-of-a-test']);
    expect((await audit()).map(({ correlation_id }) => correlation_id)).toEqual([
      ...['request-of-one', 'request-of-two', 'request-of-a-test'],
    ]);
  });

  it('adds one only when many ask at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(`paris/${kind}`)));

    expect(answers.filter(({ body }) => body['state'] === 'queued')).toHaveLength(1);
    expect(new Set(answers.map(({ body }) => body['job_id'])).size).toBe(1);
    expect(await jobs()).toHaveLength(1);
  });

  it.each(['nowhere', 'PARIS', 'odoo', 'constructor', '%27', 'x'.repeat(200)])('answers 404 for %s', async (id) => {
    const { status, body } = await ask(`${id}/${kind}`);

    expect({ status, code: body['code'], jobs: await jobs() }).toEqual({ status: 404, code: 'NOT_FOUND', jobs: [] });
  });

  it('lets a key that speaks for a system ask for that one alone', async () => {
    const [own, other] = await Promise.all([ask(`lyon/${kind}`, { key: LYON }), ask(`paris/${kind}`, { key: LYON })]);

    expect([own.status, other.status]).toEqual([202, 404]);
    expect((await jobs()).map(({ system, key_id }) => [system, key_id])).toEqual([['lyon', 'lyon']]);
  });

  it('answers 401 and 403 to who may not operate, and 405 to another method', async () => {
    const answers = await Promise.all([
      call(`${gateway.operatorUrl}/api/v1/systems/paris/${kind}`, { method: 'POST' }),
      ask(`paris/${kind}`, { key: 'wrong' }),
      ask(`paris/${kind}`, { key: READER }),
      ask(`paris/${kind}`, { key: PUSH_KEY }),
      get(`${gateway.operatorUrl}/api/v1/systems/paris/${kind}`, OPERATOR_KEY),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 403, 403, 405]);
    expect(answers[4].headers.get('allow')).toBe('POST');
    expect(await jobs()).toEqual([]);
  });

  it('refuses a parameter, of which there are none', async () => {
    expect((await ask(`paris/${kind}?now=true`)).status).toBe(400);
  });

  it('answers 503 when Redis or PostgreSQL is away, and asks for nothing that it cannot write down', async () => {
    const { url } = await createTestRedis();
    const given = { keys: KEYS, systems: SYSTEMS };
    const noRedis = await openTestGateway({ ...given, redisUrl: 'redis://127.0.0.1:9', databaseUrl: recorded.url });
    const noPostgres = await ready(await openTestGateway({ ...given, redisUrl: url }));

    const answers = [await ask(`paris/${kind}`, { to: noRedis }), await ask(`paris/${kind}`, { to: noPostgres })];
    await Promise.all([noRedis.close(), noPostgres.close()]);
    const other = new Redis(url);
    const keys = await other.dbsize();
    await other.quit();

    expect(answers.map(({ status }) => status)).toEqual([503, 503]);
    expect(answers[1]?.body['code']).toBe('DATABASE_UNAVAILABLE');
    expect(keys).toBe(0);
  });
});

describe('a pull and a sweep of one system', () => {
  it('do not keep each other from being asked for, as a tick does a pull', async () => {
    await pulls().add({ system: 'paris' }, { deduplication: { id: 'paris' } }); // as the scheduler does
    const [tick] = await jobs();

    const [pull, sweep] = [await ask('paris/pull'), await ask('paris/sweep')];

    expect(pull.body).toMatchObject({ job_id: tick?.id, state: 'already_under_way' });
    expect(sweep.body['state']).toBe('queued');
    expect((await jobs()).map((job) => job.sweep)).toEqual([undefined, true]);
  });
});
