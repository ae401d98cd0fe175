import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { RequestHandler } from 'express';
import { DEFAULT_REDACTED_FIELDS, isRecord, JsonRecord, normalisePush, redaction } from '@bridgecore/contracts';
import { closeServer, createMetrics, listen, Log } from '@bridgecore/runtime';
import { createApp } from '../src/app';
import { jsonBody } from '../src/json-body';
import { locals } from '../src/locals';
import { pushRoute, RECEIVE } from '../src/push-route';
import { createRequestLog } from '../src/request-log';
import { call, flat, push } from './calls';
import { openPushGateway, PushGateway } from './running-gateway';
import { pushKey } from './test-keys';

const CAPTURES = join(__dirname, '../../../../packages/contracts/test/fixtures/odoo-wire');

/** Every body that Odoo posts to us in a capture, wherever in it the exchange lies. */
function pushedBodies(value: unknown): JsonRecord[] {
  if (Array.isArray(value)) return value.flatMap(pushedBodies);
  if (!isRecord(value)) return [];
  const { method, path, body } = value;
  if (method === 'POST' && path === RECEIVE && isRecord(body)) return [body];
  const kept = [value['instant_body'], value['scheduled_body']].filter(isRecord);
  return kept.length > 0 ? kept : Object.values(value).flatMap(pushedBodies);
}

const captured = readdirSync(CAPTURES)
  .map((name) => [name, pushedBodies(JSON.parse(readFileSync(join(CAPTURES, name), 'utf8')))] as const)
  .filter(([, bodies]) => bodies.length > 0);

/** What the pure normaliser makes of it; ids and times of arrival are the gateway's own. */
function expectedEvents(body: JsonRecord): JsonRecord[] {
  const isRedacted = redaction(DEFAULT_REDACTED_FIELDS);
  const arrival = { system: 'odoo', received_at: '', correlation_id: '', key_id: 'push', idempotency_key: null };
  const { events } = normalisePush(body, { ...arrival, isRedacted, newId: () => '' });
  return events.map(({ arrival_id: _a, correlation_id: _c, received_at: _r, ...event }) => ({ ...event }));
}

describe('POST /api/v1/webhooks/receive', () => {
  let gateway: PushGateway;

  beforeAll(async () => {
    gateway = await openPushGateway();
  });

  afterEach(() => gateway.clear());
  afterAll(() => gateway.close());

  it('finds every kind of push among the captures', () => {
    const names = captured.map(([name]) => name).join();

    expect(captured.length).toBeGreaterThan(40);
    for (const kind of ['push-instant-', 'push-cron-', 'push-batch', 'push-config-test-button', 'test-connection-']) {
      expect(names).toContain(kind);
    }
  });

  it.each(captured)('answers 200 and queues what Odoo pushed in %s', async (_, bodies) => {
    for (const body of bodies) {
      const { status, body: answer } = await push(gateway, body);
      const jobs = await gateway.jobs();

      const expected = expectedEvents(body);
      expect(status).toBe(200);
      expect(answer).toMatchObject({ success: true, accepted: expected.length });
      expect(jobs.flatMap(({ events }) => events)).toMatchObject(expected);
      await gateway.clear();
    }
  });

  it("answers Odoo's connection test without queueing it", async () => {
    const head = await call(gateway.url + RECEIVE, { method: 'HEAD' });
    const test = await push(gateway, { test: true, message: 'Connection test', timestamp: '2026-11-23T06:31:53' });

    expect(head.status).toBe(200);
    expect(test).toMatchObject({
      status: 200,
      body: { success: true, message: 'Connection test passed', accepted: 0 },
    });
    expect(await gateway.jobs()).toEqual([]);
  });

  it('gives the event the id of its request, the key and the system', async () => {
    const requestId = `test-${randomUUID()}`;

    const { headers, body } = await push(gateway, flat(), { 'x-request-id': requestId, 'idempotency-key': 'order-7' });

    const [job] = await gateway.jobs();
    expect([headers.get('x-request-id'), body['request_id']]).toEqual([requestId, requestId]);
    expect(job?.events).toMatchObject([
      {
        correlation_id: requestId,
        key_id: 'push',
        system: 'odoo',
        idempotency_key: 'order-7',
        origin: 'push',
        origin_id: '42',
      },
    ]);
    expect(gateway.lines).toContainEqual(
      expect.objectContaining({
        message: 'request.done',
        correlation_id: requestId,
        outcome: 'done',
        accepted: 1,
        key_id: 'push',
      }),
    );
  });

  it('makes an id of its own when the given one could do harm in a log', async () => {
    const { headers } = await push(gateway, flat(), { 'x-request-id': 'a b"c' });

    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('keeps secrets out of the queue', async () => {
    await push(gateway, flat({ data: { access_token: 'portal-secret', lines: [{ pin: '4711' }], name: 'Azure' } }));

    const [job] = await gateway.jobs();
    expect(job?.events[0]?.data).toEqual({ lines: [{}], name: 'Azure' });
  });

  it('takes the good items of a batch and names the bad ones, which travel to their dead letters', async () => {
    const events = [flat(), flat({ model: 5 }), 'nonsense', flat({ event_id: 43 })];

    const { status, body } = await push(gateway, { batch: true, events }, { 'idempotency-key': 'batch-1' });

    const [job] = await gateway.jobs();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      accepted: 2,
      rejected: [{ index: 1, code: 'EVENT_INVALID' }, { index: 2 }],
    });
    expect(job?.events.map(({ idempotency_key }) => idempotency_key)).toEqual(['batch-1#0', 'batch-1#3']);
    expect(job?.rejected).toMatchObject([
      { index: 1, system: 'odoo', key_id: 'push' },
      { index: 2, raw: '"nonsense"' },
    ]);
  });

  it.each([
    ['is empty', [], 0],
    ['has bad items only', [1, null, []], 0],
  ])('answers 200 when a batch %s', async (_, events, accepted) => {
    const { status, body } = await push(gateway, { batch: true, events });

    expect({ status, body }).toMatchObject({ status: 200, body: { success: true, accepted } });
    expect((await gateway.jobs()).flatMap(({ rejected }) => rejected)).toHaveLength(events.length);
  });

  it('spreads a large batch over several jobs and answers when all are in Redis', async () => {
    const events = Array.from({ length: 1_000 }, (_, index) => flat({ event_id: index, data: {} }));

    const { status, body } = await push(gateway, { batch: true, events });

    const jobs = await gateway.jobs();
    const ids = jobs.flatMap((job) => job.events.map(({ origin_id }) => Number(origin_id)));
    expect({ status, body }).toMatchObject({ status: 200, body: { accepted: 1_000 } });
    expect(ids).toEqual(events.map((_, index) => index));
    expect(Math.max(...jobs.map((job) => job.events.length))).toBeLessThanOrEqual(100);
  });

  it('answers each of many pushes at once, and loses and doubles none', async () => {
    const ids = Array.from({ length: 300 }, (_, index) => index);

    const answers = await Promise.all(ids.map((event_id) => push(gateway, flat({ event_id }))));

    const queued = (await gateway.jobs()).flatMap(({ events }) => events.map(({ origin_id }) => Number(origin_id)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(queued.sort((a, b) => a - b)).toEqual(ids);
  });
});

describe('pushRoute', () => {
  it('answers 503 at its deadline, less what the limiter took, when the queue does not answer', async () => {
    let waitedFor = 0;
    const limited: RequestHandler = (_req, res, next) => {
      Object.assign(locals(res), { key: pushKey(), limiterMs: 250 });
      next();
    };
    const before = [...jsonBody(1_024), limited];
    const enqueue = (): Promise<void> => new Promise(() => (waitedFor += 1));
    const routes = pushRoute({ before, enqueue, isRedacted: () => false, deadlineMs: 300 });
    const requestLog = createRequestLog({ info: () => {}, error: () => {} } as unknown as Log, createMetrics('test'));
    const server = createServer(createApp({ requestLog, checks: {}, routes }));
    const port = await listen(server, 0, '127.0.0.1');

    const answer = await push({ url: `http://127.0.0.1:${port}` }, flat());
    await closeServer(server);

    expect(waitedFor).toBe(1);
    expect(answer).toMatchObject({
      status: 503,
      body: { code: 'QUEUE_UNAVAILABLE', detail: expect.stringContaining('did not answer in time') as string },
    });
    expect(answer.headers.get('retry-after')).toBe('5');
  });
});
