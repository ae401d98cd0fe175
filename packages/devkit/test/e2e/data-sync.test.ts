import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createTestDatabase,
  createTestRedis,
  FakeOdoo,
  freePort,
  type JsonObject,
  type TestDatabase,
  until,
} from '../../src/index';
import { type Hub, OPERATOR_KEY, startHub } from './hub';

const COUNT = 5_000;
const CHANGES = 100;
const CONFLICTS = 10;
const LONG_AGO = new Date('2026-01-01T08:00:00Z');
const USER = { id: 7, login: 'hub', key: 'rpc-key-of-the-hub', tz: 'Asia/Tokyo' };

let directory: string;
let database: TestDatabase;
let hub: Hub;
let paris: FakeOdoo;
let lyon: FakeOdoo;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'bridgecore-sync-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** A file that the services read. */
function file(name: string, content: object): string {
  const path = join(directory, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
}

async function begin(version: 18 | 19): Promise<void> {
  const odoo = (name: string): FakeOdoo =>
    new FakeOdoo({ apiKey: 'pull-key', history: 100, rpc: { version, database: name, users: [USER] } });
  [paris, lyon] = [odoo('paris'), odoo('lyon')];
  const system = async (id: string, one: FakeOdoo): Promise<object> => ({
    ...{ id, url: await one.listen(), webhook_api_key: 'pull-key', sync_interval_seconds: 3_600 },
    ...{ db: id, username: USER.login, api_key: '${RPC_KEY}' },
  });
  const systems = [await system('paris', paris), await system('lyon', lyon)];
  const sha256 = createHash('sha256').update('p'.repeat(40)).digest('hex');
  const keys = [{ id: 'paris', sha256, scopes: ['ingest'], system: 'paris' }];
  database = await createTestDatabase();
  hub = await startHub({
    ...{ redisUrl: (await createTestRedis()).url, databaseUrl: database.url, port: await freePort(), workers: 2 },
    env: {
      ...{ WEBHOOK_PUSH_API_KEY: '', SYSTEMS_FILE: file('systems.json', { systems }), RPC_KEY: USER.key },
      ...{ API_KEYS_FILE: file('keys.json', { keys }), DATA_SYNC_BATCH_SIZE: '250' },
    },
  });
}

async function end(): Promise<void> {
  await hub.stop();
  await database.drop();
  await paris.close();
  await lyon.close();
}

interface Run {
  readonly state: string;
  readonly error: string | null;
  readonly progress: { readonly done: number; readonly total: number } | null;
  readonly result: Record<string, unknown>;
}

async function ask(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const headers = { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(`${hub.operatorUrl}/api/v1/data-sync${path}`, { method, headers, ...sent });
  return (await answer.json()) as Record<string, unknown>;
}

/** Starts a sync as an operator does, and waits for its end. */
async function sync(model: string, different: object = {}): Promise<Run['result']> {
  const asked = { source_system_id: 'paris', target_system_id: 'lyon', model, ...different };
  const { job_id } = await ask('POST', '', asked);
  const run = await until(
    async () => {
      const found = (await ask('GET', `/${String(job_id)}`)) as unknown as Run;
      return ['done', 'failed'].includes(found.state) ? found : null;
    },
    { what: `the sync of ${model}`, timeoutMs: 120_000, intervalMs: 100 },
  );
  expect(run).toMatchObject({ state: 'done', error: null });
  expect(run.progress?.done).toBe(run.progress?.total);
  return run.result;
}

/** Companies, each with four contacts who have the lower ids: they come before what they belong to. */
function seedPartners(): number[] {
  const rows = Array.from({ length: COUNT }, (_, index) => ({
    ...{ id: index + 1, name: `Partner ${index}`, email: `p${index}@example.test`, city: 'Lyon' },
    ...(index < COUNT - COUNT / 5 ? { parent_id: COUNT - Math.floor(index / 4) } : {}),
  }));
  return paris.seed('res.partner', rows, { at: LONG_AGO });
}

/** A tree of 60 categories, and products all over it. */
function seedProducts(): number[] {
  const categories: number[] = [];
  for (let index = 0; index < 60; index += 1) {
    const parent = index === 0 ? {} : { parent_id: categories[Math.floor((index - 1) / 4)] ?? 0 };
    categories.push(...paris.seed('product.category', [{ name: `Category ${index}`, ...parent }], { at: LONG_AGO }));
  }
  const rows = Array.from({ length: COUNT }, (_, index) => ({
    ...{ name: `Product ${index}`, default_code: `C${index}`, list_price: index / 4 },
    categ_id: categories[index % 60] ?? 0,
  }));
  return paris.seed('product.template', rows, { at: LONG_AGO });
}

type Named = (record: JsonObject) => unknown;

/** What there is of a model, in words: by a name that is unique, with what it belongs to by its name. */
function picture(odoo: FakeOdoo, model: string, nameOf: Named, fields: readonly string[]): Map<unknown, unknown[]> {
  const records = odoo.all(model);
  const rows = records.map(
    (record) =>
      [
        nameOf(record),
        fields.map((field) =>
          field.endsWith('_id')
            ? (record[field] as false | [number, string]) && (record[field] as [number, string])[1]
            : record[field],
        ),
      ] as const,
  );
  expect(new Set(rows.map(([name]) => name)).size).toBe(rows.length); // nothing is double
  return new Map(rows);
}

const PARTNER = ['name', 'city', 'phone', 'parent_id'];
const PRODUCT = ['name', 'list_price', 'categ_id'];
const email: Named = (record) => record['email'];
const code: Named = (record) => record['default_code'];

function writes(odoo: FakeOdoo): Record<string, number> {
  return Object.fromEntries(
    Object.entries(odoo.rpcCalls()).filter(([name]) => /\.(load|create|write|unlink)$/.test(name)),
  );
}

describe.each([18, 19] as const)('between two Odoos %i', (version) => {
  beforeAll(() => begin(version), 120_000);
  afterAll(end, 60_000);

  let partners: number[];
  let products: number[];

  it('all partners and products come over with what they belong to', async () => {
    partners = seedPartners();
    products = seedProducts();

    const first = await sync('res.partner', { bidirectional: true });
    const second = await sync('product.template', { bidirectional: true });

    const back = { created: 0, updated: 0, skipped: COUNT, errors: [], total: COUNT };
    expect(first).toMatchObject({ created: COUNT, updated: 0, skipped: 0, errors: [], total: COUNT, reverse: back });
    expect(second).toMatchObject({ created: COUNT, updated: 0, skipped: 0, errors: [], total: COUNT, reverse: back });
    expect(picture(lyon, 'res.partner', email, PARTNER)).toEqual(picture(paris, 'res.partner', email, PARTNER));
    expect(picture(lyon, 'product.template', code, PRODUCT)).toEqual(picture(paris, 'product.template', code, PRODUCT));
  }, 180_000);

  it('a second time nothing is written, and everything is skipped', async () => {
    paris.resetRpcCalls();
    lyon.resetRpcCalls();

    const runs = [
      await sync('res.partner', { bidirectional: true }),
      await sync('product.template', { bidirectional: true }),
    ];

    const nothing = { created: 0, updated: 0, skipped: COUNT, errors: [], total: COUNT };
    for (const run of runs) expect(run).toMatchObject({ ...nothing, reverse: nothing });
    expect([writes(paris), writes(lyon)]).toEqual([{}, {}]);
  }, 120_000);

  it('changes on both sides meet, and conflicts end as the policy says', async () => {
    const copies = new Map(lyon.all('res.partner').map((record) => [email(record), record['id'] as number]));
    const copyOf = (index: number): number => copies.get(`p${index}@example.test`) ?? 0;
    for (let index = 0; index < CHANGES; index += 1) {
      paris.edit('res.partner', partners[index] ?? 0, { city: `Paris ${index}` });
      const other = index < CONFLICTS ? index : index + CHANGES; // ten of them are the same records
      lyon.edit('res.partner', copyOf(other), {
        phone: `+33 ${index}`,
        ...(index < CONFLICTS ? { city: 'Lyon-Part-Dieu' } : {}),
      });
    }

    const run = await sync('res.partner', { bidirectional: true });

    expect(run).toMatchObject({ created: 0, updated: CHANGES, errors: [], conflicts: CONFLICTS, total: COUNT });
    expect(run['reverse']).toMatchObject({
      created: 0,
      updated: CHANGES - CONFLICTS,
      errors: [],
      conflicts: 0,
      total: COUNT,
    });
    const [here, there] = [picture(paris, 'res.partner', email, PARTNER), picture(lyon, 'res.partner', email, PARTNER)];
    expect(there).toEqual(here);
    for (let index = 0; index < CHANGES; index += 1) {
      expect(here.get(`p${index}@example.test`)?.[1]).toBe(`Paris ${index}`); // the source wins
      if (index < CONFLICTS) expect(here.get(`p${index}@example.test`)?.[2]).toBe(false);
      else expect(here.get(`p${index + CHANGES}@example.test`)?.[2]).toBe(`+33 ${index}`);
    }
    expect(products).toHaveLength(COUNT);
  }, 120_000);

  it('leaves a trace from the request to the audit', async () => {
    const rows = await hub.rows<{ action: string; key_id: string; detail: { forward: { updated: number } } }>(
      `select action, key_id, detail from audit_logs where action like 'data_sync%' order by id desc limit 1`,
    );

    expect(rows).toMatchObject([
      { action: 'data_sync.done', key_id: 'operator', detail: { forward: { updated: CHANGES } } },
    ]);
  });
});
