import { migrate } from '@bridgecore/database';
import { createTestDatabase, createTestRedis, until } from '@bridgecore/devkit';
import { plainKey } from '../src/keys';
import { Answer, call, get } from './calls';
import { openRecordedEvents, RecordedEvents } from './recorded-events';
import { openTestGateway, ready, RunningGateway } from './running-gateway';
import { OPERATOR_KEY, operatorKey, PUSH_KEY, pushKey } from './test-keys';

const WAREHOUSE_KEY = 'warehouse-key-of-forty-characters-0123456';

describe('the operator port', () => {
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

  describe('GET /api/v1/events/{id}', () => {
    it('tells how an event came and what was done about it', async () => {
      await recorded.add(
        {},
        { push_id: '5', pull_id: 9, pushed_at: '2026-11-23T06:22:27Z', pulled_at: '2026-11-23T06:22:50Z' },
      );
      await recorded.source.query(
        `insert into audit_logs (service, worker, action, outcome, event_id, detail)
         values ('worker', 'w-1', 'record', 'recorded', 2, '{"origin": "push"}'), ('worker', 'w-1', 'record', 'recorded', 1, null)`,
      );

      const { status, body } = await read('/api/v1/events/2');

      expect(status).toBe(200);
      expect(body).toMatchObject({
        event: { id: '2', push_id: '5', pull_id: '9', record_id: 25 },
        arrivals: [
          { origin: 'push', id: '5', at: '2026-11-23T06:22:27.000Z' },
          { origin: 'pull', id: '9', at: '2026-11-23T06:22:50.000Z' },
        ],
        audit: [{ action: 'record', outcome: 'recorded', worker: 'w-1', event_id: '2', detail: { origin: 'push' } }],
      });
      expect(body['audit']).toHaveLength(1);
    });

    it.each(['3', '0', '999999999999999999', '9999999999999999999', 'abc', '1.5', '-1', '%27'])(
      'answers 404 for %s',
      async (id) => {
        await recorded.add({});

        const { status, body } = await read(`/api/v1/events/${id}`);

        expect({ status, code: body['code'] }).toEqual({ status: 404, code: 'NOT_FOUND' });
      },
    );

    it('answers 404 when the event is of a system that the key does not speak for', async () => {
      await recorded.add({}, { system: 'warehouse' });

      const answers = await Promise.all([
        read('/api/v1/events/1', WAREHOUSE_KEY),
        read('/api/v1/events/2', WAREHOUSE_KEY),
      ]);

      expect(answers.map(({ status }) => status)).toEqual([404, 200]);
    });

    it('answers 400 when the path cannot be decoded', async () => {
      const { status, body } = await read('/api/v1/events/%E0%A4%A');

      expect({ status, detail: body['detail'] }).toMatchObject({
        status: 400,
        detail: expect.stringMatching(/percent/) as string,
      });
    });
  });

  it.each(['/api/v1/events', '/api/v1/events/1'])('answers 401 and 403 on %s to who may not read', async (path) => {
    const answers = await Promise.all([get(gateway.operatorUrl + path), read(path, 'wrong'), read(path, PUSH_KEY)]);

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 403]);
  });

  it('answers 405 to what would write', async () => {
    const { status, headers } = await call(`${gateway.operatorUrl}/api/v1/events`, {
      method: 'POST',
      body: 'x'.repeat(1e6),
    });

    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('does not take pushes', async () => {
    const { status } = await call(`${gateway.operatorUrl}/api/v1/webhooks/receive`, { method: 'POST' });

    expect(status).toBe(404);
  });

  it('serves metrics for Prometheus, of both ports', async () => {
    await read('/api/v1/events');
    await get(`${gateway.url}/nowhere/${'x'.repeat(50)}`);

    const text = await until(
      async () => {
        const metrics = await (await fetch(`${gateway.operatorUrl}/metrics`)).text();
        return metrics.includes('route="(none)",status="404"') && metrics; // a request is counted when its answer is out
      },
      { what: 'the requests to be counted' },
    );

    expect(text).toMatch(
      /bridgecore_http_requests_total\{method="GET",route="\/api\/v1\/events",status="200",outcome="done",key="operator",service="gateway"\} \d+/,
    );
    expect(text).toMatch(/process_cpu_seconds_total/);
    expect(text).not.toContain('xxxxx');
  });

  it('reports both stores as up', async () => {
    const { status, body } = await get(`${gateway.operatorUrl}/health/ready`);

    expect({ status, body }).toEqual({
      status: 200,
      body: { status: 'ready', checks: { redis: 'up', postgres: 'up' } },
    });
  });
});

describe('the operator port on a database without our tables', () => {
  it('says what to do, and works once that is done', async () => {
    const [redis, database] = await Promise.all([createTestRedis(), createTestDatabase()]);
    const gateway = await openTestGateway({ redisUrl: redis.url, databaseUrl: database.url });

    const detail = await until(
      async () => {
        const { status, body } = await get(`${gateway.operatorUrl}/api/v1/events`, OPERATOR_KEY);
        return status === 503 && String(body['detail']).includes('npm run migrate') && body['detail'];
      },
      { what: 'the gateway to notice' },
    );
    await migrate(database.url);
    await ready(gateway, 'ready');
    const { status } = await get(`${gateway.operatorUrl}/api/v1/events`, OPERATOR_KEY);
    await gateway.close();
    await database.drop();

    expect(detail).toMatch(/waits for its migrations/);
    expect(status).toBe(200);
  });
});
