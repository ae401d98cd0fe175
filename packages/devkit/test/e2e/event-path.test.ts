import { FakeOdoo } from '../../src/fake-odoo/index';
import { freePort } from '../../src/stack/free-port';
import { createTestDatabase, createTestRedis, type TestDatabase } from '../../src/test-stores';
import { until } from '../../src/until';
import { type Hub, ODOO_KEY, OPERATOR_KEY, PUSH_KEY, pushUrlOf, startHub } from './hub';

interface Totals {
  readonly total: number;
  readonly pushed: number;
  readonly pulled: number;
  readonly both: number;
}

const TOTALS = `select count(*)::int as total, count(push_id)::int as pushed, count(pull_id)::int as pulled,
                       count(*) filter (where push_id is not null and pull_id is not null)::int as both
                  from webhook_events`;

describe('the event path, with the three services as processes', () => {
  let database: TestDatabase;
  let odoo: FakeOdoo;
  let hub: Hub;

  beforeAll(async () => {
    const port = await freePort();
    const [redis] = await Promise.all([createTestRedis(), createTestDatabase().then((made) => (database = made))]);
    const auth = { type: 'bearer', token: PUSH_KEY } as const;
    odoo = new FakeOdoo({ apiKey: ODOO_KEY, seed: 11, push: { url: pushUrlOf(port), auth } });
    const odooUrl = await odoo.listen();
    const env = { ODOO_SYNC_BATCH_SIZE: '500' };
    hub = await startHub({ redisUrl: redis.url, databaseUrl: database.url, odooUrl, port, workers: 2, env });
  }, 60_000);

  afterAll(async () => {
    await odoo.close();
    await hub.stop();
    await database.drop();
  }, 30_000);

  it('gives exactly 10,000 rows for 10,000 events, of which a third is pushed too', async () => {
    const written = odoo.makeEvents(10_000, { push: 1 / 3 });
    const pushed = written.filter(({ pushes }) => pushes.length > 0);

    await odoo.pushAll(pushed);

    const isAcknowledged = (): boolean => odoo.rows().every(({ is_processed }) => is_processed);
    await until(isAcknowledged, { what: 'Odoo to have every row acknowledged', timeoutMs: 90_000, intervalMs: 200 });
    const [totals] = await until(
      () => hub.rows<Totals>(TOTALS).then((rows) => (rows[0]?.pushed === pushed.length ? rows : null)),
      {
        ...{ what: `${pushed.length} recorded pushes`, timeoutMs: 60_000, intervalMs: 200 },
      },
    );
    expect(pushed.length).toBeGreaterThan(3_000);
    const statuses = odoo.pushes().map(({ outcome }) => (outcome.kind === 'reply' ? outcome.status : outcome.kind));
    expect(statuses).toHaveLength(pushed.length);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(totals).toEqual({ total: 10_000, pulled: 10_000, pushed: pushed.length, both: pushed.length });
    expect(await hub.rows('select 1 from dead_letters')).toEqual([]);
  }, 180_000);

  it('lists what was recorded to an operator', async () => {
    const headers = { authorization: `Bearer ${OPERATOR_KEY}` };

    const answer = await fetch(`${hub.operatorUrl}/api/v1/events?limit=2&model=sale.order`, { headers });

    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      events: [
        {
          system: 'odoo',
          model: 'sale.order',
          record_id: expect.any(Number) as number,
          pull_id: expect.any(String) as string,
        },
        { model: 'sale.order' },
      ],
      has_more: true,
    });
  });

  it('passes the connection test of the subscriber, and records its test event as one', async () => {
    expect(await odoo.testConnection()).toMatchObject({ status: 'success' });
    const row = await odoo.pressTestButton('sale.order');

    const found = await until(
      () => hub.rows<{ push_id: string }>('select push_id from webhook_events where is_test').then((rows) => rows[0]),
      {
        what: 'the test event to be recorded',
      },
    );
    expect(found.push_id).toBe(String(row.id));
  });
});
