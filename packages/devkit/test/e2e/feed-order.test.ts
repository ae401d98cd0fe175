import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { migrate } from '../../src/start/migrate';
import { createTestDatabase, createTestRedis, type TestDatabase } from '../../src/test-stores';
import { ROOT } from '../deploy/repository';
import { HOLD, Writer } from './feed-writers';
import { OPERATOR_KEY, PUSH_KEY } from './hub';
import { RollingFleet } from './rolling-fleet';

const SYSTEMS = ['busy', 'quiet'];
const WRITERS: Readonly<Record<string, number>> = { busy: 5, quiet: 2 };
const READERS = 4;
const BATCHES = 15;

const files = mkdtempSync(join(tmpdir(), 'bridgecore-feed-'));
let database: TestDatabase;
let sql: Client;
let fleet: RollingFleet;
let url: string;

beforeAll(async () => {
  const [made, redis] = await Promise.all([createTestDatabase(), createTestRedis()]);
  database = made;
  await migrate(ROOT, files, { PATH: process.env['PATH'] ?? '', DATABASE_URL: database.url });
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  await sql.query(HOLD);
  const env = {
    ...{ REDIS_URL: redis.url, DATABASE_URL: database.url, OPERATOR_API_KEY: OPERATOR_KEY },
    ...declaredIn(files),
  };
  fleet = new RollingFleet(env, (port) => (url = `http://127.0.0.1:${port}/api/v1/feed`));
  await fleet.start('gateway');
}, 60_000);

afterEach(() => sql.query('truncate webhook_events'));

afterAll(async () => {
  await fleet.end();
  await sql.end();
  await database.drop();
  rmSync(files, { recursive: true });
}, 60_000);

/** Two systems, each with a key that pushes, which the gateway asks for. */
function declaredIn(folder: string): Record<string, string> {
  const systems = SYSTEMS.map((id) => ({ id, url: 'http://127.0.0.1:9', webhook_api_key: 'x' }));
  const keys = SYSTEMS.map((system) => {
    const sha256 = createHash('sha256').update(`${system} ${PUSH_KEY}`).digest('hex');
    return { id: `push-${system}`, sha256, scopes: ['ingest'], system };
  });
  const written = { SYSTEMS_FILE: { systems }, API_KEYS_FILE: { keys } };
  return Object.fromEntries(
    Object.entries(written).map(([name, content]) => {
      const path = join(folder, `${name}.json`);
      writeFileSync(path, JSON.stringify(content));
      return [name, path];
    }),
  );
}

interface FeedPage {
  readonly events: readonly { readonly id: string }[];
  readonly position: string;
  readonly has_more: boolean;
}

/** Pages all the time, until nothing comes after all has been written; every id that it was shown. */
async function read(system: string, limit: number, isWritten: () => boolean): Promise<string[]> {
  const ids: string[] = [];
  let after = 'beginning';
  for (;;) {
    const isLast = isWritten(); // asked before: what is written then is there to be read
    const headers = { authorization: `Bearer ${OPERATOR_KEY}` };
    const answer = await fetch(`${url}?system=${system}&limit=${limit}&after=${after}`, { headers });
    const text = await answer.text();
    if (answer.status === 503) continue; // busy, or not connected to PostgreSQL yet: nothing has moved
    if (!answer.ok) throw new Error(`${answer.status}: ${text}`);
    const page = JSON.parse(text) as FeedPage;
    ids.push(...page.events.map(({ id }) => id));
    after = page.position;
    if (isLast && !page.has_more) return ids;
  }
}

/** What each reader of each system was shown, and what there is, in its order. */
async function race(isLocked: boolean): Promise<{ shown: string[][]; stored: string[] }[]> {
  let written = false;
  const writers = SYSTEMS.flatMap((system) =>
    Array.from(
      { length: WRITERS[system] ?? 0 },
      (_, n) => new Writer(database.url, system, `${system}-${n}`, isLocked),
    ),
  );
  const readers = SYSTEMS.map((system) =>
    Promise.all(Array.from({ length: READERS }, (_, n) => read(system, 1 + n * 7, () => written))),
  );
  await Promise.all(writers.map((writer) => writer.write(BATCHES)));
  written = true;
  const shown = await Promise.all(readers);
  await Promise.all(writers.map((writer) => writer.end()));
  const rows = await sql.query<{ id: string; system: string }>('select id, system from webhook_events order by id');
  return SYSTEMS.map((system, index) => {
    const stored = rows.rows.filter((row) => row.system === system).map(({ id }) => id);
    return { shown: shown[index] ?? [], stored };
  });
}

describe('readers that page while many record', () => {
  it('are each shown exactly the events of their system, in order, although transactions are held open', async () => {
    const systems = await race(true);

    for (const { shown, stored } of systems) {
      expect(stored.length).toBeGreaterThan(BATCHES * 2);
      expect(shown).toHaveLength(READERS);
      for (const ids of shown) expect(ids).toEqual(stored);
    }
  }, 120_000);

  it('would miss some if ids were not drawn under the lock', async () => {
    const systems = await race(false);

    const missed = systems.flatMap(({ shown, stored }) => shown.map((ids) => stored.length - new Set(ids).size));
    expect(Math.max(...missed)).toBeGreaterThan(0);
  }, 120_000);
});
