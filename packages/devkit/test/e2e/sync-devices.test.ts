import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { migrate } from '../../src/start/migrate';
import { createTestDatabase, createTestRedis, type TestDatabase } from '../../src/test-stores';
import { ROOT } from '../deploy/repository';
import { OPERATOR_KEY, PUSH_KEY } from './hub';
import { RollingFleet } from './rolling-fleet';
import { type DeviceWish, type Meetings, postJson, SyncingDevice } from './syncing-devices';

/** The full size is `SYNC_DEVICES=1000 SYNC_EVENTS=50000`. */
const DEVICES = Number(process.env['SYNC_DEVICES'] ?? 100);
const EVENTS = Number(process.env['SYNC_EVENTS'] ?? 3_000);
/** A page holds so many: of most devices there are several to read. */
const LIMIT = Math.max(20, EVENTS / 100);
const PER_PUSH = 100;
const PUSHERS = 4;
const GATEWAYS = 2;
const WORKERS = 3;
const CRASH_EVERY_MS = 3_000;
/** Most devices look at two models of fifty; each thirty-first at all that its app type is shown. */
const MODELS = Array.from({ length: 50 }, (_, n) => `x.m${n}`);
const APP_TYPES: Readonly<Record<string, readonly string[] | '*'>> = {
  ...{ sales: MODELS.slice(0, 10), delivery: MODELS.slice(10, 20), warehouse: MODELS.slice(20, 30) },
  ...{ mobile: MODELS.slice(30, 40), manager: '*' },
};
const LIMIT_MS = 45_000 + (DEVICES * EVENTS) / 50;

const files = mkdtempSync(join(tmpdir(), 'bridgecore-devices-'));
/** As many connections as there are devices, and others for the pushes. */
const agent = new Agent({ keepAlive: true });
const pushAgent = new Agent({ keepAlive: true });
const met: Meetings = { pages: 0, events: 0, vanished: 0, repeatedAcks: 0, failures: {} };
const ports = new Set<number>();
let database: TestDatabase;
let sql: Client;
let fleet: RollingFleet;

beforeAll(async () => {
  const [made, redis] = await Promise.all([createTestDatabase(), createTestRedis()]);
  database = made;
  await migrate(ROOT, files, { PATH: process.env['PATH'] ?? '', DATABASE_URL: database.url });
  sql = new Client({ connectionString: database.url });
  await sql.connect();
  const appTypes = join(files, 'app-types.json');
  writeFileSync(appTypes, JSON.stringify({ app_types: APP_TYPES }));
  const env = {
    ...{ REDIS_URL: redis.url, DATABASE_URL: database.url, APP_TYPES_FILE: appTypes },
    ...{ WEBHOOK_PUSH_API_KEY: PUSH_KEY, OPERATOR_API_KEY: OPERATOR_KEY, WEBHOOK_RATE_LIMIT_PER_MINUTE: '1000000' },
  };
  fleet = new RollingFleet(env, (port) => void ports.add(port));
  for (let n = 0; n < GATEWAYS; n += 1) await fleet.start('gateway');
  for (let n = 0; n < WORKERS; n += 1) await fleet.start('worker');
}, 90_000);

afterAll(async () => {
  agent.destroy();
  pushAgent.destroy();
  await fleet.end();
  await sql.end();
  await database.drop();
  rmSync(files, { recursive: true });
}, 60_000);

function wishOf(index: number): DeviceWish {
  const app_type = Object.keys(APP_TYPES)[index % 5] ?? '';
  const shown = APP_TYPES[app_type] ?? '*';
  const of = shown === '*' ? MODELS : shown;
  const models = [0, 3].map((step) => of[(index + step) % of.length] ?? '');
  const start = index % 2 === 0 ? 'now' : 'beginning';
  return { device_id: `d-${index}`, app_type, start, ...(index % 31 === 0 ? {} : { models }) };
}

const modelsOf = ({ app_type, models }: DeviceWish): readonly string[] => {
  const all = APP_TYPES[app_type] ?? '*';
  return models ?? (all === '*' ? MODELS : all);
};

/** Pushes in batches, each until it is taken; a gateway that dies after it took it makes a repeat. */
async function pushAll(): Promise<void> {
  let next = 0;
  const pusher = async (): Promise<void> => {
    while (next < EVENTS) {
      const first = next;
      next += PER_PUSH;
      const events = Array.from({ length: Math.min(PER_PUSH, EVENTS - first) }, (_, n) => pushed(first + n));
      while (!(await taken({ batch: true, events }))) await sleep(100);
    }
  };
  await Promise.all(Array.from({ length: PUSHERS }, pusher));
}

function pushed(n: number): object {
  const data = { id: n, name: `record ${n}`, write_date: `2026-11-23T06:22:26.${String(n).padStart(6, '0')}` };
  return { model: MODELS[n % MODELS.length], record_id: n, event: 'write', event_id: `e-${n}`, data };
}

async function taken(body: object): Promise<boolean> {
  const [port = 0] = [...ports].sort(() => Math.random() - 0.5);
  const answer = await postJson(pushAgent, port, '/api/v1/webhooks/receive', body, PUSH_KEY).catch(() => undefined);
  return answer?.status === 200;
}

/** Kills a gateway and starts another, again and again; tells how often. */
async function crashAgainAndAgain(isOver: () => boolean): Promise<number> {
  let crashes = 0;
  while (!isOver()) {
    await sleep(CRASH_EVERY_MS);
    const started = fleet.start('gateway');
    ports.delete(await fleet.crash('gateway'));
    crashes += 1;
    await started;
  }
  return crashes;
}

/** What each model's events are, in the order in which they were recorded. */
async function recordedIds(): Promise<{ id: string; model: string }[]> {
  return (await sql.query<{ id: string; model: string }>('select id, model from webhook_events order by id')).rows;
}

describe(`${DEVICES} devices that read while ${EVENTS} events are recorded and gateways are killed`, () => {
  it(
    'each process exactly their events, in order, none twice',
    async () => {
      const expected = Array.from({ length: EVENTS }, (_, n) => MODELS[n % MODELS.length] ?? '');
      const devices = Array.from(
        { length: DEVICES },
        (_, n) => new SyncingDevice(wishOf(n), () => [...ports], agent, met, LIMIT),
      );
      const startedAt = performance.now();
      await Promise.all(devices.map((device) => device.install()));

      let isOver = false;
      const crashes = crashAgainAndAgain(() => isOver);
      const pushes = pushAll().then(() => performance.now() - startedAt);
      const reads = devices.map((device) => {
        const models = new Set(modelsOf(device.wish));
        return device.run(expected.filter((model) => models.has(model)).length);
      });
      await Promise.all(reads);
      isOver = true;
      const figures = { ...met, crashes: await crashes, pushedMs: await pushes, tookMs: performance.now() - startedAt };
      process.stderr.write(`${JSON.stringify(figures)}\n`);

      const rows = await recordedIds();
      expect(rows).toHaveLength(EVENTS);
      for (const { wish, processed } of devices) {
        const models = new Set(modelsOf(wish));
        expect(processed).toEqual(rows.filter(({ model }) => models.has(model)).map(({ id }) => id));
      }
      expect(figures.crashes).toBeGreaterThan(0);
      expect(met.vanished).toBeGreaterThan(0);
      expect(met.repeatedAcks).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );
});
