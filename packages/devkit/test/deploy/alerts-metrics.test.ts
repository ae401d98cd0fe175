import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeOdoo } from '../../src/fake-odoo/index';
import { freePort } from '../../src/stack/free-port';
import { createTestDatabase, createTestRedis, type TestDatabase } from '../../src/test-stores';
import { until } from '../../src/until';
import { type Hub, ODOO_KEY, PUSH_KEY, startHub } from '../e2e/hub';
import { readAlerts, readDashboard, readRunbook, ROOT } from './alerts-files';
import { selectorsOf } from './alerts-promql';
import { familyOf, scrape, type Scrape } from './alerts-scrape';

let database: TestDatabase;
let odoo: FakeOdoo;
let hub: Hub;
let shown: Scrape;

/** How a request may end: the table of failures says the codes. */
const OUTCOMES = new Set([
  ...['done', 'aborted'],
  ...[
    ...readFileSync(join(ROOT, 'packages/contracts/src/errors.ts'), 'utf8').matchAll(/^ {2}([A-Z_]+): \{ status/gm),
  ].map(([, code]) => code),
]);

/** Families that have no sample while nothing of the kind has happened, and that cannot easily be made to happen. */
const RARE = new Set([
  ...['bridgecore_outbox_waiting', 'bridgecore_outbox_oldest_seconds', 'bridgecore_outbox_handed_on_total'], // nobody subscribes yet
  ...['bridgecore_sync_records_total', 'bridgecore_cleaned_up_total', 'bridgecore_odoo_failures_total'],
  'bridgecore_system_key_expires_seconds', // Odoo tells of it by RPC only
]);

/** Prometheus' own: what it adds to each target, and what it shows of alerts. */
const ADDED_LABELS = new Set(['job', 'instance', 'le']);
const ADDED_METRICS = new Set(['up', 'ALERTS']);

const queries = [
  ...readAlerts().map(({ alert, expr }) => ({ from: alert, expr })),
  ...readDashboard().panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ from: title, expr }))),
];
const selectors = queries.flatMap(({ from, expr }) => selectorsOf(expr).map((selector) => ({ from, ...selector })));
const ours = selectors.filter(({ metric }) => !ADDED_METRICS.has(metric));

beforeAll(async () => {
  const redis = await createTestRedis();
  database = await createTestDatabase();
  odoo = new FakeOdoo({ apiKey: ODOO_KEY, gapRate: 0 });
  const stores = { redisUrl: redis.url, databaseUrl: database.url };
  hub = await startHub({ ...stores, odooUrl: await odoo.listen(), port: await freePort() });
  odoo.commit({ model: 'sale.order' });
  await push({ model: 'x.metrics', record_id: 1, event: 'write', timestamp: new Date().toISOString() });
  await push({ batch: true, events: [{ model: 'x.metrics' }] }); // an item that is no event becomes a dead letter
  const wanted = [...new Set(ours.map(({ metric }) => metric))];
  await until(
    async () => {
      shown = await scrape([hub.operatorUrl, hub.schedulerUrl, hub.workerUrl]);
      return wanted.every((metric) => RARE.has(metric) || (shown.get(familyOf(metric, shown))?.length ?? 1) > 0);
    },
    { what: 'samples of everything that has happened', timeoutMs: 30_000 },
  );
}, 90_000);

afterAll(async () => {
  await hub.stop();
  await odoo.close();
  await database.drop();
}, 30_000);

async function push(body: object): Promise<void> {
  const headers = { authorization: `Bearer ${PUSH_KEY}`, 'content-type': 'application/json' };
  const answer = await fetch(hub.pushUrl, { method: 'POST', headers, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
}

const samplesOf = (metric: string): readonly Readonly<Record<string, string>>[] =>
  shown.get(familyOf(metric, shown)) ?? [];

it('asks in rules and panels only for metrics that a running service shows', () => {
  const unknown = ours.filter(({ metric }) => !shown.has(familyOf(metric, shown)));

  expect(unknown.map(({ from, metric }) => `${from}: ${metric}`)).toEqual([]);
});

it('asks for them only by labels that they have', () => {
  const unknown = ours.flatMap(({ from, metric, matchers, grouping }) => {
    const samples = samplesOf(metric);
    const labels = [...matchers.map(({ label }) => label), ...grouping].filter((label) => !ADDED_LABELS.has(label));
    const missing = labels.filter((label) => samples.length > 0 && !samples.some((sample) => label in sample));
    return missing.map((label) => `${from}: ${metric}{${label}}`);
  });

  expect(unknown).toEqual([]);
});

it('asks only for values that those labels take', () => {
  const unknown = ours.flatMap(({ from, metric, matchers }) =>
    matchers
      .filter(({ operator, value }) => ['=', '=~'].includes(operator) && /^[\w/|-]+$/.test(value))
      .flatMap(({ label, value }) => value.split('|').map((one) => ({ label, one })))
      .filter(({ label, one }) => !isTaken(metric, label, one))
      .map(({ label, one }) => `${from}: ${metric}{${label}="${one}"}`),
  );

  expect(unknown).toEqual([]);
});

/** A refusal that did not happen here has a code all the same. */
function isTaken(metric: string, label: string, value: string): boolean {
  if (label === 'status' && /^\d{3}$/.test(value)) return true;
  if (metric === 'bridgecore_http_requests_total' && label === 'outcome') return OUTCOMES.has(value);
  const samples = samplesOf(metric);
  return samples.length === 0 || samples.some((sample) => sample[label] === value);
}

it('names in the runbook, and in the choice of an Odoo, only metrics that a running service shows', () => {
  const [variable] = readDashboard().templating.list;
  const text = `${readRunbook()} ${variable?.definition ?? ''}`;

  const named = [...text.matchAll(/\b(?:bridgecore_|process_|nodejs_)\w+/g)].map(([name]) => name);

  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((name) => !shown.has(name))).toEqual([]);
});

it('shows nothing by a label whose values have no bound', () => {
  const shownLabels = [...shown.values()].flatMap((samples) => samples.flatMap((sample) => Object.keys(sample)));

  const forbidden = ['correlation_id', 'event_id', 'record_id', 'url', 'path', 'ip', 'error', 'user_id'];

  expect(forbidden.filter((label) => shownLabels.includes(label))).toEqual([]);
});
