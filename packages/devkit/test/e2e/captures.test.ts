import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../src/stack/free-port';
import { createTestDatabase, createTestRedis, type TestDatabase } from '../../src/test-stores';
import { until } from '../../src/until';
import { type Hub, PUSH_KEY, startHub } from './hub';

const CAPTURES = join(__dirname, '../../../../contracts/test/fixtures/odoo-wire');
const RECEIVE = '/api/v1/webhooks/receive';

type Json = Record<string, unknown>;

/** Every request in the recordings with which Odoo pushed something, with its body byte for byte where that was kept. */
function recordedPushes(value: unknown): { body: Json; text: string }[] {
  if (Array.isArray(value)) return value.flatMap(recordedPushes);
  if (typeof value !== 'object' || value === null) return [];
  const { method, path, body, raw_body: raw } = value as Json;
  const isPush = method === 'POST' && path === RECEIVE && typeof body === 'object' && body !== null;
  if (!isPush) return Object.values(value).flatMap(recordedPushes);
  return [{ body: body as Json, text: typeof raw === 'string' ? raw : JSON.stringify(body) }];
}

/** What must be in the table for one event, read off the wire by hand. */
interface Expected {
  readonly push_id: string;
  readonly model: unknown;
  readonly record_id: unknown;
  readonly operation: unknown;
  readonly occurred_at: Date;
  readonly priority: unknown;
  readonly changed_fields: unknown;
  readonly data: unknown;
}

function expectedOf(body: Json): Expected[] {
  if (body['test'] === true) return [];
  if (Array.isArray(body['events'])) return (body['events'] as Json[]).flatMap(expectedOf);
  const { _webhook_metadata: metadata, ...payload } = body;
  const instant = metadata as Json | undefined;
  const { event_id, model, record_id, timestamp } = instant ?? body;
  const data = (instant === undefined ? body['data'] : payload) as Json;
  return [
    {
      ...{ push_id: String(event_id), model, record_id, operation: instant?.['event_type'] ?? body['event'] },
      occurred_at: new Date(`${String(timestamp)}Z`),
      priority: instant === undefined ? body['priority'] : 'high',
      changed_fields: body['changed_fields'] ?? data['_changed_fields'] ?? null,
      data: stored(data),
    },
  ];
}

/** Null for Odoo's `false`, and no portal token; no recorded push has another private field in it. */
function stored(value: unknown): unknown {
  if (value === false) return null;
  if (Array.isArray(value)) return value.map(stored);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([name]) => name !== 'access_token');
  return Object.fromEntries(fields.map(([name, item]) => [name, stored(item)]));
}

describe('every push that a real Odoo was recorded with', () => {
  const files = readdirSync(CAPTURES).filter((name) => name.endsWith('.json'));
  const pushes = files.flatMap((name) => recordedPushes(JSON.parse(readFileSync(join(CAPTURES, name), 'utf8'))));
  let database: TestDatabase;
  let hub: Hub;

  beforeAll(async () => {
    database = await createTestDatabase();
    const redis = await createTestRedis();
    hub = await startHub({ redisUrl: redis.url, databaseUrl: database.url, port: await freePort() });
  }, 60_000);

  afterAll(async () => {
    await hub.stop();
    await database.drop();
  }, 30_000);

  it('is answered 200 and stands in the table as it was sent', async () => {
    const headers = { authorization: `Bearer ${PUSH_KEY}`, 'content-type': 'application/json' };
    const statuses = new Set<number>();
    for (const { text } of pushes)
      statuses.add((await fetch(hub.pushUrl, { method: 'POST', headers, body: text })).status);
    const expected = pushes.flatMap(({ body }) => expectedOf(body));
    const ids = [...new Set(expected.map(({ push_id }) => push_id))];

    const columns = 'push_id, model, record_id, operation, occurred_at, priority, changed_fields, data';
    const rows = await until(
      async () => {
        const found = await hub.rows<Expected>(`select ${columns} from webhook_events`);
        return ids.every((id) => found.some(({ push_id }) => push_id === id)) ? found : null;
      },
      { what: 'every push to be recorded', timeoutMs: 30_000, intervalMs: 200 },
    );

    expect(pushes.length).toBeGreaterThan(40);
    expect(statuses).toEqual(new Set([200]));
    for (const event of expected) expect(rows).toContainEqual(event);
    expect(await hub.rows('select 1 from dead_letters')).toEqual([]);
  }, 90_000);
});
