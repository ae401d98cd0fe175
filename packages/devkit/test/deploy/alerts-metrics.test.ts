import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseExposition, type ScrapedSample } from '../../src/exposition';
import { FakeOdoo } from '../../src/fake-odoo/index';
import { type MetricDefinition, METRICS } from '../../src/metric-names';
import { freePort } from '../../src/stack/free-port';
import { createTestDatabase, createTestRedis, type TestDatabase } from '../../src/test-stores';
import { until } from '../../src/until';
import { type Hub, ODOO_KEY, PUSH_KEY, startHub } from '../e2e/hub';
import { readAlerts, readDashboard, readRunbook, ROOT } from './alerts-files';
import { selectorsOf } from './alerts-promql';

let database: TestDatabase;
let odoo: FakeOdoo;
let hub: Hub;
let types: ReadonlyMap<string, string>;
let samples: readonly ScrapedSample[];

/** How a request may end: the table of failures says the codes. */
const OUTCOMES = new Set([
  ...['done', 'aborted'],
  ...[
    ...readFileSync(join(ROOT, 'packages/contracts/src/errors.ts'), 'utf8').matchAll(/^ {2}([A-Z_]+): \{ status/gm),
  ].map(([, code]) => code),
]);

/** Prometheus' own: what it adds to each target, and what it shows of alerts. */
const ADDED_LABELS = new Set(['job', 'instance', 'le']);
const ADDED_METRICS = new Set(['up', 'ALERTS']);

const queries = [
  ...readAlerts().map(({ alert, expr }) => ({ from: alert, expr })),
  ...readDashboard().panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ from: title, expr }))),
];
const selectors = queries.flatMap(({ from, expr }) =>
  selectorsOf(expr).map((selector) => ({ from, ...selector, metric: definedAs(selector.metric) })),
);
const ours = selectors.filter(({ metric }) => !ADDED_METRICS.has(metric));

const definitionOf = (metric: string): MetricDefinition | undefined => METRICS.find(({ name }) => name === metric);

/** `x_bucket` is of the histogram `x`. */
function definedAs(metric: string): string {
  const base = metric.replace(/_(bucket|sum|count)$/, '');
  return METRICS.some(({ name, type }) => name === base && type === 'histogram') ? base : metric;
}

beforeAll(async () => {
  const redis = await createTestRedis();
  database = await createTestDatabase();
  odoo = new FakeOdoo({ apiKey: ODOO_KEY, gapRate: 0 });
  const stores = { redisUrl: redis.url, databaseUrl: database.url };
  hub = await startHub({ ...stores, odooUrl: await odoo.listen(), port: await freePort() });
  odoo.commit({ model: 'sale.order' });
  await push({ model: 'x.metrics', record_id: 1, event: 'write', timestamp: new Date().toISOString() });
  await push({ batch: true, events: [{ model: 'x.metrics' }] }); // an item that is no event becomes a dead letter
  await fetch(new URL('/api/v1/tokens', hub.pushUrl), { method: 'POST' }); // refused, and counted by its route
  await until(
    async () => {
      ({ types, samples } = await scrape());
      const missing = [
        'dead_letters_total',
        'system_checked_seconds',
        'pull_lag_seconds',
        'event_latency_seconds',
      ].filter((name) => !samples.some(({ metric }) => metric === `bridgecore_${name}`));
      if (missing.length > 0) throw new Error(`there is nothing of ${missing.join(', ')}`);
      return samples.some(({ labels }) => labels['check'] === 'schema');
    },
    { what: 'samples of what has happened', timeoutMs: 30_000 },
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

/** All that the three services show. */
async function scrape(): Promise<{ types: Map<string, string>; samples: ScrapedSample[] }> {
  const texts = [hub.operatorUrl, hub.schedulerUrl, hub.workerUrl].map(async (url) =>
    (await fetch(`${url}/metrics`)).text(),
  );
  const all = (await Promise.all(texts)).map(parseExposition);
  return { types: new Map(all.flatMap((one) => [...one.types])), samples: all.flatMap((one) => one.samples) };
}

it('asks in rules and panels only for metrics that a running service shows', () => {
  const unknown = ours.filter(({ metric }) => !types.has(metric));

  expect(unknown.map(({ from, metric }) => `${from}: ${metric}`)).toEqual([]);
});

it('asks for them only by labels that they have', () => {
  const unknown = ours.flatMap(({ from, metric, matchers, grouping }) => {
    const known = ['service', ...(definitionOf(metric)?.labels ?? [])];
    const asked = [...matchers.map(({ label }) => label), ...grouping].filter((label) => !ADDED_LABELS.has(label));
    return asked.filter((label) => !known.includes(label)).map((label) => `${from}: ${metric}{${label}}`);
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
  const shown = samples.filter((sample) => sample.metric === metric);
  return shown.length === 0 || shown.some(({ labels }) => labels[label] === value);
}

it('names in the runbook, and in the choice of an Odoo, only metrics that a running service shows', () => {
  const [variable] = readDashboard().templating.list;
  const text = `${readRunbook()} ${variable?.definition ?? ''}`;

  const named = [...text.matchAll(/\b(?:bridgecore_|process_|nodejs_)\w+/g)].map(([name]) => name);

  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((name) => !types.has(name))).toEqual([]);
});
