import { parseExposition, type Scrape } from '../../src/exposition';
import { FakeOdoo } from '../../src/fake-odoo/index';
import { METRICS, type ServiceName } from '../../src/metric-names';
import { freePort } from '../../src/stack/free-port';
import { createTestDatabase, createTestRedis, type TestDatabase } from '../../src/test-stores';
import { until } from '../../src/until';
import { type Hub, ODOO_KEY, OPERATOR_KEY, PUSH_KEY, pushUrlOf, startHub } from './hub';

/** What nothing here brings about: a receiver that takes something, a sync of two Odoos, a key that expires. Their own tests look at them. */
const SILENT = new Set(
  ['delivery_latency_seconds', 'sync_records_total', 'system_key_expires_seconds'].map((name) => `bridgecore_${name}`),
);

/** A subscription whose receiver cannot be, an entry that some subscriber of a former version has left, and an audit row that is too old. */
const LEFTOVERS = `
  insert into subscriptions (name, origin, url, filter, body, ordered)
    values ('nowhere', 'api', 'https://nowhere.invalid/', '{}', 'recorded', false);
  insert into outbox (subscriber, event_id, system) values ('gone', 1, 'odoo');
  select ensure_audit_partition(now() - interval '200 days');
  insert into audit_logs (at, service, worker, action, outcome) values (now() - interval '200 days', 'worker', 'test', 'old', 'done')`;

describe('the metrics of the three services as processes', () => {
  let database: TestDatabase;
  let odoo: FakeOdoo;
  let hub: Hub;

  beforeAll(async () => {
    const port = await freePort();
    const [redis, made] = await Promise.all([createTestRedis(), createTestDatabase()]);
    database = made;
    const auth = { type: 'bearer', token: PUSH_KEY } as const;
    odoo = new FakeOdoo({ apiKey: ODOO_KEY, push: { url: pushUrlOf(port), auth } });
    const odooUrl = await odoo.listen();
    const env = { CONNECTION_CHECK_SECONDS: '2' }; // it takes a second one to compare what waited at the first
    hub = await startHub({ redisUrl: redis.url, databaseUrl: database.url, odooUrl, port, env });
    await provoke();
  }, 60_000);

  afterAll(async () => {
    await odoo.close();
    await hub.stop();
    await database.drop();
  }, 30_000);

  /** A bit of everything: pushes, pulls, a call that fails, a dead letter, a clean-up. */
  async function provoke(): Promise<void> {
    await hub.rows(LEFTOVERS);
    odoo.setFaults({ path: 'pull', reset: true, times: 1 });
    await odoo.pushAll(odoo.makeEvents(5));
    const headers = { authorization: `Bearer ${PUSH_KEY}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ batch: true, events: [{ model: 5 }] });
    await fetch(hub.pushUrl, { method: 'POST', headers, body });
    const operator = { authorization: `Bearer ${OPERATOR_KEY}` };
    await fetch(`${hub.operatorUrl}/api/v1/audit/clean-up`, { method: 'POST', headers: operator });
  }

  async function scrape(service: ServiceName): Promise<Scrape> {
    const url = { gateway: hub.operatorUrl, scheduler: hub.schedulerUrl, worker: hub.workerUrl }[service];
    return parseExposition(await (await fetch(`${url}/metrics`)).text());
  }

  describe.each<ServiceName>(['gateway', 'scheduler', 'worker'])('of the %s', (service) => {
    const expected = METRICS.filter(({ services }) => services.includes(service));
    let shown: Scrape;

    beforeAll(async () => {
      const wanted = expected.map(({ name }) => name).filter((name) => !SILENT.has(name));
      const isComplete = async (): Promise<Scrape | undefined> => {
        shown = await scrape(service);
        const found = new Set(shown.samples.map(({ metric }) => metric));
        const missing = wanted.filter((name) => !found.has(name));
        if (missing.length > 0) throw new Error(`there is nothing of ${missing.join(', ')}`);
        return shown;
      };
      await until(isComplete, { what: 'a sample of every metric', timeoutMs: 40_000, intervalMs: 200 });
    }, 60_000);

    it('are those that are agreed upon, of their types, and no other', () => {
      const ours = [...shown.types].filter(([name]) => name.startsWith('bridgecore_'));

      expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(expected.map(({ name, type }) => [name, type])));
    });

    it('have just the labels that are agreed upon, and the name of the service', () => {
      const labelsOf = new Map(expected.map(({ name, labels }) => [name, ['service', ...labels].sort()]));
      const ours = shown.samples.filter(({ metric }) => labelsOf.has(metric));

      const wrong = ours.filter(({ metric, labels }) => {
        const names = Object.keys(labels).filter((name) => name !== 'le');
        return String(names.sort()) !== String(labelsOf.get(metric)) || labels['service'] !== service;
      });

      expect(wrong).toEqual([]);
      expect(shown.samples.map(({ metric }) => metric)).toContain('nodejs_eventloop_lag_p99_seconds');
    });
  });

  it('find everything recorded that Odoo holds', async () => {
    const valueOf = async (metric: string): Promise<number | undefined> =>
      (await scrape('worker')).samples.find((one) => one.metric === metric)?.value;

    await until(async () => (await valueOf('bridgecore_system_events_held')) === 5, { what: 'a check of all events' });

    expect(await valueOf('bridgecore_completeness_ratio')).toBe(1);
  });
});
