import { Redis } from 'ioredis';
import { JsonRecord, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { createTestRedis, Stack, startOwnStack, until } from '@bridgecore/devkit';
import { migrate } from '@bridgecore/database';
import { Producer } from '@bridgecore/runtime';
import { plainKey } from '../src/keys';
import { Answer, call, get } from './calls';
import { openRecordedEvents, RecordedEvents } from './recorded-events';
import { declaredSystem, openTestGateway, ready, RunningGateway } from './running-gateway';
import { OPERATOR_KEY, operatorKey, PUSH_KEY, pushKey } from './test-keys';

const LYON_KEY = 'lyon-key-of-more-than-thirty-two-characters';

const SYSTEMS = [
  declaredSystem('paris', 'https://user:hidden@paris.example.com/erp?token=hidden'),
  declaredSystem('lyon'),
];
const KEYS = [pushKey(), operatorKey(), plainKey('lyon', LYON_KEY, ['read'], 'lyon')];

const NEVER_PULLED = {
  ...{ last_event_id: 0, runs: 0, last_run_at: null, succeeded_at: null },
  ...{ last_event_at: null, swept_at: null, lag_seconds: null },
};

const FINDINGS = {
  ...{ problems: ['Its clock is off.'], reachable: true, key_accepted: true, addon_version: '2.0.0' },
  ...{ clock_skew_seconds: 95, pending_events: 3, key_expires_at: null, rpc: { configured: false } },
  ...{ events_held: 410, events_recorded: 409, events_until: '2026-11-23T06:35:42.000Z' },
};

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
  await recorded.source.query('truncate system_checks, pull_cursors, dead_letters');
  await redis.flushdb();
});

afterAll(async () => {
  await gateway.close();
  await redis.quit();
  await recorded.drop();
});

const read = (path: string, key = OPERATOR_KEY): Promise<Answer> => get(`${gateway.operatorUrl}/api/v1${path}`, key);

const found = (id: string, state: string, findings: object): Promise<unknown> =>
  recorded.source.query(
    `insert into system_checks values ($1, '2026-11-24T12:00:00Z', '2026-11-23T12:00:00Z', $2, $3)`,
    [id, state, findings],
  );

describe('GET /api/v1/systems', () => {
  it('has one entry for each declared system, without credentials, also for one of which nothing is known yet', async () => {
    const { status, body } = await read('/systems');

    expect(status).toBe(200);
    const common = { sync_interval_seconds: 30, pull: NEVER_PULLED, dead_letters_open: 0, check: null };
    expect(body).toEqual({
      systems: [
        { id: 'paris', url: 'https://paris.example.com/erp', ...common },
        { id: 'lyon', url: 'https://lyon.example.com', ...common },
      ],
    });
  });

  it('tells how far each is pulled, what is open, and how it was found', async () => {
    await recorded.source.query(
      `insert into pull_cursors (system, last_event_id, runs, last_run_at, succeeded_at, last_event_at, swept_at)
       values ('lyon', 447, 12, now(), now() - interval '100 seconds', now() - interval '1 hour', now()), ('removed', 1, 1, now(), now(), now(), now())`,
    );
    await recorded.source.query(
      `insert into dead_letters (system, origin, raw, raw_hash, reason, error, correlation_id, status)
       select system, 'push', '{}', gen_random_uuid(), '22P05', 'unsupported', 'request-1', status
         from (values ('lyon', 'open'), ('lyon', 'open'), ('lyon', 'replayed'), ('removed', 'open')) as letter (system, status)`,
    );
    await found('lyon', 'degraded', FINDINGS);
    await found('removed', 'ok', FINDINGS);

    const systems = (await read('/systems')).body['systems'] as JsonRecord[];

    expect(systems.map(({ id }) => id)).toEqual(['paris', 'lyon']);
    const times = { checked_at: '2026-11-24T12:00:00.000Z', changed_at: '2026-11-23T12:00:00.000Z' };
    expect(systems[1]).toMatchObject({
      ...{ dead_letters_open: 2, pull: { last_event_id: 447, runs: 12 } },
      check: { state: 'degraded', ...times, ...FINDINGS },
    });
    const { lag_seconds: lag } = systems[1]?.['pull'] as { lag_seconds: number };
    expect(lag).toBeGreaterThanOrEqual(100);
    expect(lag).toBeLessThan(200);
  });

  it('shows one alone, with what a worker of another version has not looked at', async () => {
    await found('lyon', 'down', { problems: ['Odoo cannot be reached.'], reachable: false });

    const { status, body } = await read('/systems/lyon');

    expect({ status, id: body['id'] }).toEqual({ status: 200, id: 'lyon' });
    expect(body['check']).toMatchObject({ state: 'down', reachable: false, key_accepted: null, rpc: null });
    expect(body['check']).toMatchObject({ events_held: null, events_recorded: null, events_until: null });
  });

  it('does not show what a check keeps for the next one', async () => {
    await found('lyon', 'ok', { ...FINDINGS, snapshot: { at: '2026-11-23T06:35:42Z', took_seconds: 1, held: 410 } });

    const { body } = await read('/systems/lyon');

    expect(body['check']).toMatchObject({ events_held: 410 });
    expect(body['check']).not.toHaveProperty('snapshot');
  });

  it.each(['nowhere', 'removed', 'PARIS', "'", 'constructor'])('answers 404 for %s', async (id) => {
    await found('removed', 'ok', FINDINGS);

    const { status, body } = await read(`/systems/${id}`);

    expect({ status, code: body['code'] }).toEqual({ status: 404, code: 'NOT_FOUND' });
  });

  it('shows a key that speaks for a system no other', async () => {
    const all = await read('/systems', LYON_KEY);
    const [own, other] = await Promise.all([read('/systems/lyon', LYON_KEY), read('/systems/paris', LYON_KEY)]);

    expect((all.body['systems'] as JsonRecord[]).map(({ id }) => id)).toEqual(['lyon']);
    expect([own.status, other.status]).toEqual([200, 404]);
  });
});

describe('GET /api/v1/queues', () => {
  it('tells how much waits in each queue, and for how long', async () => {
    const events = new Producer(WEBHOOK_EVENTS, redis);
    await events.add({ events: [], rejected: [] }, { timestamp: Date.now() - 600_000 });

    const { status, body } = await read('/queues');

    expect(status).toBe(200);
    const jobs = { waiting: 0, prioritized: 0, delayed: 0, active: 0, failed: 0 };
    expect(body['queues']).toEqual([
      { queue: 'webhook-events', jobs: { ...jobs, waiting: 1 }, oldest_seconds: expect.any(Number) as number },
      ...['odoo-pull', 'ticks', 'maintenance', 'data-sync'].map((queue) => ({ queue, jobs, oldest_seconds: null })),
    ]);
    const [{ oldest_seconds: oldest }] = body['queues'] as [{ oldest_seconds: number }];
    expect(oldest).toBeGreaterThanOrEqual(600);
  });

  it('refuses a key that speaks for one system only', async () => {
    expect(await read('/queues', LYON_KEY)).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  });
});

describe.each(['/systems', '/systems/lyon', '/queues'])('%s', (path) => {
  it('answers 401 and 403 to who may not read', async () => {
    const answers = await Promise.all([
      get(`${gateway.operatorUrl}/api/v1${path}`),
      read(path, 'wrong'),
      read(path, PUSH_KEY),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 403]);
  });

  it('answers 405 to what would write', async () => {
    const { status, headers } = await call(`${gateway.operatorUrl}/api/v1${path}`, { method: 'DELETE' });

    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('is not on the public port', async () => {
    expect((await get(`${gateway.url}/api/v1${path}`, OPERATOR_KEY)).status).toBe(404);
  });
});

it.each(['/systems?sort=id', '/queues?state=failed'])('answers 400 to a parameter that is none: %s', async (path) => {
  const { status, body } = await read(path);

  expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'QUERY_INVALID' });
});

describe('while a store is away', () => {
  let own: Stack;
  let alone: RunningGateway;

  beforeAll(async () => {
    own = await startOwnStack();
    await migrate(own.databaseUrl);
    alone = await openTestGateway({ redisUrl: own.redisUrl, databaseUrl: own.databaseUrl, systems: SYSTEMS });
    await ready(alone, 'ready');
  }, 60_000);

  afterAll(async () => {
    await alone.close();
    await own.stop();
  });

  const answers = async (path: string, status: number): Promise<Answer> => {
    let answer: Answer | undefined;
    const asked = async (): Promise<boolean> => {
      answer = await get(`${alone.operatorUrl}/api/v1${path}`, OPERATOR_KEY);
      return answer.status === status;
    };
    await until(asked, { what: `${status} from ${path}` });
    return answer as Answer;
  };

  it('answers 503 for the systems and still shows the queues without PostgreSQL', async () => {
    await own.postgres.stop();
    const refused = await answers('/systems', 503);
    const one = await answers('/systems/lyon', 503);
    const queues = await answers('/queues', 200);
    await own.postgres.start();
    await answers('/systems', 200);

    expect(refused.body).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(one.body).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(queues.body['queues']).toHaveLength(5);
  });

  it('answers 503 for the queues and still shows the systems without Redis', async () => {
    await own.redis.stop();
    const refused = await answers('/queues', 503);
    const systems = await answers('/systems', 200);
    await own.redis.start();
    await answers('/queues', 200);

    expect(refused.body).toMatchObject({ code: 'QUEUE_UNAVAILABLE', detail: expect.stringMatching(/read/) as string });
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(systems.body['systems']).toHaveLength(2);
  });
});
