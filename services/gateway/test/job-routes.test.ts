import { Redis } from 'ioredis';
import { DATA_SYNC, JsonRecord, MAINTENANCE, ODOO_PULL, QueueDefinition, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { createTestRedis, until } from '@bridgecore/devkit';
import { connectPatient, consume, disconnect, Producer } from '@bridgecore/runtime';
import { plainKey } from '../src/keys';
import { Answer, call, get } from './calls';
import { openTestGateway, ready, RunningGateway } from './running-gateway';
import { OPERATOR_KEY, operatorKey, PUSH_KEY, pushKey } from './test-keys';

const LYON = 'lyon-key-of-forty-characters-012345678901';
const KEYS = [pushKey(), operatorKey(), plainKey('lyon', LYON, ['read'], 'lyon')];
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let url: string;
let redis: Redis;
let gateway: RunningGateway;

beforeAll(async () => {
  ({ url } = await createTestRedis());
  redis = new Redis(url);
  gateway = await ready(await openTestGateway({ redisUrl: url, keys: KEYS }));
});
afterEach(() => redis.flushdb());
afterAll(async () => {
  await gateway.close();
  await redis.quit();
});

const read = (path: string, key = OPERATOR_KEY): Promise<Answer> =>
  get(`${gateway.operatorUrl}/api/v1/jobs/${path}`, key);

const add = (definition: QueueDefinition<object>, data: JsonRecord, jobId: string): Promise<void> =>
  new Producer(definition, redis).add(data, { jobId });

describe('GET /api/v1/jobs/{queue}/{job_id}', () => {
  it('tells how a job stands, and nothing of what it holds', async () => {
    await add(ODOO_PULL, { system: 'odoo', key_id: 'operator' }, 'job-1');

    const { status, body } = await read('odoo-pull/job-1');

    expect(status).toBe(200);
    expect(body).toEqual({
      ...{ queue: 'odoo-pull', job_id: 'job-1', state: 'waiting', attempts: 0, result: null, error: null },
      ...{ asked_at: expect.any(String) as string, started_at: null, ended_at: null },
    });
  });

  it('has what the worker told of it when it is done, and why when it failed', async () => {
    const patient = connectPatient(url, silent);
    const work = ({ system }: { system: string }) =>
      system === 'odoo' ? Promise.resolve({ pages: 2, recorded: 7 }) : Promise.reject(new Error('It is away.'));
    const consumer = consume({ definition: ODOO_PULL, concurrency: 1, redis: patient, log: silent, work });
    await add(ODOO_PULL, { system: 'odoo' }, 'job-1');
    await add(ODOO_PULL, { system: 'other' }, 'job-2');
    const isOver = async (): Promise<boolean> => (await read('odoo-pull/job-2')).body['ended_at'] !== null;
    await until(isOver, { what: 'the jobs to end' });

    const [done, failed] = [await read('odoo-pull/job-1'), await read('odoo-pull/job-2')];
    await consumer.close();
    await disconnect(patient);

    const result = { outcome: 'done', pages: 2, recorded: 7 };
    expect(done.body).toMatchObject({ state: 'done', attempts: 1, result, error: null });
    expect(failed.body).toMatchObject({ state: 'failed', attempts: 1, result: null, error: 'It is away.' });
    expect(typeof done.body['started_at']).toBe('string');
  });

  it.each([
    ...['odoo-pull/nothing', 'odoo-pull/meta', 'odoo-pull/wait', 'nowhere/job-1', 'constructor/job-1'],
    ...['webhook-events/job-1', `odoo-pull/${'x'.repeat(2_000)}`, 'odoo-pull/%00', 'odoo-pull/..%2Fticks'],
  ])('answers 404 for %s', async (path) => {
    await add(ODOO_PULL, { system: 'odoo' }, 'job-1');

    const { status, body } = await read(path);

    expect({ status, code: body['code'] }).toEqual({ status: 404, code: 'NOT_FOUND' });
  });

  it('shows a key that speaks for a system what is of that system alone', async () => {
    const event = (system: string): JsonRecord => ({ system });
    const own = [
      add(ODOO_PULL, { system: 'lyon' }, 'own-1'),
      add(WEBHOOK_EVENTS, { events: [event('lyon')], rejected: [event('lyon')] }, 'own-2'),
      add(WEBHOOK_EVENTS, { events: [], rejected: [], replay: { ids: ['1'], key_id: 'lyon' } }, 'own-3'),
    ];
    const others = [
      add(ODOO_PULL, { system: 'paris' }, 'other-1'),
      add(WEBHOOK_EVENTS, { events: [event('lyon'), event('paris')], rejected: [] }, 'other-2'),
      add(WEBHOOK_EVENTS, { events: [], rejected: [], replay: { ids: ['1'], key_id: 'operator' } }, 'other-3'),
      add(MAINTENANCE, { kind: 'clean-up' }, 'other-4'),
      add(DATA_SYNC, { source_system_id: 'lyon', target_system_id: 'paris' }, 'other-5'),
      add(WEBHOOK_EVENTS, { events: [], rejected: [] }, 'other-6'),
    ];
    await Promise.all([...own, ...others]);
    const statuses = async (...paths: string[]): Promise<number[]> =>
      (await Promise.all(paths.map((path) => read(path, LYON)))).map(({ status }) => status);

    expect(await statuses('odoo-pull/own-1', 'webhook-events/own-2', 'webhook-events/own-3')).toEqual([200, 200, 200]);
    expect(
      await statuses(
        ...['odoo-pull/other-1', 'webhook-events/other-2', 'webhook-events/other-3'],
        ...['maintenance/other-4', 'data-sync/other-5', 'webhook-events/other-6'],
      ),
    ).toEqual([404, 404, 404, 404, 404, 404]);
  });

  it('answers 401 and 403 to who may not read, 405 to another method and 400 to a parameter', async () => {
    const path = `${gateway.operatorUrl}/api/v1/jobs/odoo-pull/job-1`;
    const answers = await Promise.all([
      get(path),
      read('odoo-pull/job-1', PUSH_KEY),
      call(path, { method: 'DELETE', headers: { authorization: `Bearer ${OPERATOR_KEY}` } }),
      read('odoo-pull/job-1?full=1'),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([401, 403, 405, 400]);
  });

  it('answers 503 when Redis is away', async () => {
    const lost = await openTestGateway({ redisUrl: 'redis://127.0.0.1:9' });

    const { status, body } = await get(`${lost.operatorUrl}/api/v1/jobs/odoo-pull/job-1`, OPERATOR_KEY);
    await lost.close();

    expect({ status, code: body['code'] }).toEqual({ status: 503, code: 'QUEUE_UNAVAILABLE' });
  });
});
