import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../src/stack/free-port';
import { createTestDatabase, createTestRedis, type TestDatabase } from '../../src/test-stores';
import { until } from '../../src/until';
import { load, readText } from '../deploy/repository';
import { blockOf, blocksOf, EXAMPLES, namesUnder, PAGE, pageBlocks, programs } from './consumer-page';
import { ExampleWorkshop, type Running } from './example-workshop';
import { FaultyRoad, RETRY_AFTER_SECONDS } from './faulty-road';
import { type Hub, OPERATOR_KEY, PUSH_KEY, startHub } from './hub';

const { readers: READERS, devices: DEVICES, minted: MINTED, answers: ANSWERS } = EXAMPLES;

const SALES = 'sale.order';
const PATIENCE = { timeoutMs: 60_000 };
const workshop = new ExampleWorkshop();
const readKey = randomBytes(20).toString('hex');
const roads: FaultyRoad[] = [];
let database: TestDatabase;
let hub: Hub;

beforeAll(async () => {
  await workshop.setUp(programs());
  const port = await freePort();
  const [redis] = await Promise.all([createTestRedis(), createTestDatabase().then((made) => (database = made))]);
  hub = await startHub({ redisUrl: redis.url, databaseUrl: database.url, port, env: keyFiles(workshop.home('hub')) });
  await push(400);
}, 400_000);

afterAll(async () => {
  await workshop.close();
  for (const road of roads) await road.close();
  await hub.stop();
  await database.drop();
}, 60_000);

/** A key that may read and nothing else, as the page has it, and one that signs tokens. */
function keyFiles(folder: string): Record<string, string> {
  const sha256 = createHash('sha256').update(readKey).digest('hex');
  const signing = { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid: 'one', alg: 'EdDSA' };
  const written = {
    API_KEYS_FILE: { keys: [{ id: 'shop', sha256, scopes: ['read'] }] },
    TOKEN_KEYS_FILE: { keys: [signing] },
  };
  return Object.fromEntries(
    Object.entries(written).map(([name, content]) => {
      const path = join(folder, `${name}.json`);
      writeFileSync(path, JSON.stringify(content));
      return [name, path];
    }),
  );
}

let pushed = 0;

/** Pushes so many changes of forty records, some of them deletions and some of a model that sales is not shown; they are recorded then. */
async function push(count: number): Promise<void> {
  const events = Array.from({ length: count }, () => {
    const n = (pushed += 1);
    const model = n % 5 === 0 ? 'stock.quant' : SALES;
    const event = n % 13 === 0 ? 'unlink' : 'write';
    return { model, record_id: 1 + (n % 40), event, event_id: String(n), data: { name: `S${n}`, note: `"${n}" — ü` } };
  });
  const answer = await fetch(hub.pushUrl, {
    method: 'POST',
    headers: { authorization: `Bearer ${PUSH_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ batch: true, events }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  await until(async () => (await recorded()).length === pushed, {
    what: `${pushed} events to be recorded`,
    ...PATIENCE,
  });
}

interface Recorded {
  readonly id: string;
  readonly model: string;
  readonly record_id: number;
  readonly operation: string;
  readonly data: object;
}

const recorded = (): Promise<Recorded[]> =>
  hub.rows<Recorded>('select id, model, record_id, operation, data from webhook_events order by id');

/** As the programs print an event. */
const lineOf = ({ id, model, record_id, operation }: Recorded): string => `${id} ${model} ${record_id} ${operation}`;

const linesOf = (...runs: readonly Running[]): string[] =>
  runs.flatMap((run) => run.stdout().split('\n')).filter((line) => line !== '');

async function openRoad(): Promise<{ road: FaultyRoad; url: string }> {
  const road = new FaultyRoad(hub.gatewayUrl);
  roads.push(road);
  return { road, url: await road.open() };
}

/** Waits until it has said what it should; says why when it has ended instead. */
async function untilSaid(run: Running, isSaid: () => boolean): Promise<void> {
  const died = run.ended.then((code) => {
    throw new Error(`it ended with ${code}: ${run.stderr()}`);
  });
  died.catch(() => undefined);
  await Promise.race([until(isSaid, { what: 'what it should say', ...PATIENCE }), died]);
}

/** How long after an answer that named a time the next request came, in milliseconds, at the least. */
const soonestReturn = (road: FaultyRoad): number =>
  Math.min(...road.pausesAfter('busy'), ...road.pausesAfter('limited'));
const EXPECTED_RETURN_MS = RETRY_AFTER_SECONDS * 1_000 - 20;

/** The refusals that have no name in the contracts: they are of the HTTP server, or a bug. */
const UNNAMED = ['REQUEST_TIMEOUT', 'INTERNAL'];

describe('the page', () => {
  it('lists refusals with the status that they have', () => {
    const { FAILURES } = load<{ FAILURES: Record<string, { status: number }> }>('packages/contracts/dist/src/index.js');

    const rows = [...readText(PAGE).matchAll(/^\| (\d{3}) +\| `([A-Z_]+)` +\|/gm)];
    const listed = rows.map(([, status, code]) => ({ code, status: Number(status) }));

    expect(listed.length).toBeGreaterThan(10);
    expect(listed.filter(({ code = '' }) => !UNNAMED.includes(code))).toEqual(
      listed
        .filter(({ code = '' }) => !UNNAMED.includes(code))
        .map(({ code = '' }) => ({ code, status: FAILURES[code]?.status })),
    );
  });

  it('has no block without a title, and none that is not tested', () => {
    const tested = Object.values(EXAMPLES).flatMap((example) => [example].flat());
    const titles = tested.flatMap((one) => (typeof one === 'string' ? [one] : [one.server, one.device]));

    expect(
      pageBlocks()
        .map(({ title }) => title)
        .sort(),
    ).toEqual(titles.sort());
  });

  it('names every parameter of the feed and every field of a pull', () => {
    const { FEED_PARAMETERS } = load<{ FEED_PARAMETERS: string[] }>('services/gateway/dist/src/feed/feed-query.js');
    const { PULL_FIELDS } = load<{ PULL_FIELDS: string[] }>('services/gateway/dist/src/sync/sync-request.js');

    expect(namesUnder('## The feed').sort()).toEqual([...FEED_PARAMETERS].sort());
    expect(namesUnder('## Sync').sort()).toEqual([...PULL_FIELDS].sort());
  });

  describe('in README', () => {
    const [, section = ''] = /\n## Read the events\n([^]*?)\n## /.exec(readText('README.md')) ?? [];
    const examples = (wanted: string): string[] =>
      blocksOf(section).flatMap(({ language, text }) => (language === wanted ? [text] : []));

    it('has a command that works', async () => {
      const [command = '', ...more] = examples('sh');

      const env = { OPERATOR_API_KEY: OPERATOR_KEY };
      const answer = await workshop.shell(command.replace('http://127.0.0.1:8080', hub.gatewayUrl), env);

      expect((JSON.parse(answer) as { events: object[] }).events).toHaveLength(2);
      expect(more).toEqual([]);
    });

    it('has files that the services take', () => {
      type Read = (settings: object, readText: () => string, env?: object) => Iterable<unknown>;
      const { appTypesOf } = load<{ appTypesOf: Read }>('packages/contracts/dist/src/index.js');
      const file = 'services/worker/dist/src/notify/subscriptions-file.js';
      const { subscriptionsOf } = load<{ subscriptionsOf: Read }>(file);

      const [subscriptions = '', appTypes = '', ...more] = examples('yaml');
      const env = { SHOP_SECRET: `whsec_${randomBytes(32).toString('base64')}` };
      const paths = { SUBSCRIPTIONS_FILE: 'shown', SECRET_KEYS_FILE: 'shown', APP_TYPES_FILE: 'shown' };

      const declared = [...subscriptionsOf(paths, () => subscriptions, env)];
      const types = [...appTypesOf(paths, () => appTypes)];

      expect(declared).toMatchObject([{ name: 'shop', secrets: [env.SHOP_SECRET] }]);
      expect(types).toEqual([expect.arrayContaining(['sales']), ['manager', null]]);
      expect(more).toEqual([]);
    });
  });

  it.each(ANSWERS)('shows %s with the fields that there are', async (title) => {
    const asked = (path: string, body?: object, key = readKey): Promise<Response> =>
      fetch(`${hub.gatewayUrl}/api/v1/${path}`, {
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      });
    const page = (await (await asked('feed?limit=1')).json()) as { events: object[] };
    const live: Record<string, () => object> = {
      'event.json': () => page.events[0] ?? {},
      'page.json': () => page,
    };
    const answers: Record<string, () => Promise<Response>> = {
      'token.json': () => asked('tokens', { user_id: 7, device_id: 'phone-1', app_type: 'sales' }),
      'problem.json': () => asked('feed?limit=0'),
    };

    const shown = JSON.parse(blockOf(title).text) as object;

    const real = live[title]?.() ?? ((await (await answers[title]?.())?.json()) as object);
    expect(Object.keys(shown)).toEqual(Object.keys(real));
  });
});

/** A reader through all accidents, killed with a page under way and started again. */
class ReaderRun {
  readonly home: string;
  readonly road = new FaultyRoad(hub.gatewayUrl);
  runs: Running[] = [];

  constructor(readonly title: string) {
    this.home = workshop.home(title);
    roads.push(this.road);
  }

  async readAndDie(): Promise<void> {
    this.road.plan('busy', 'lost', 'none', 'limited', 'broken', 'cut', 'none', 'held');
    const run = await this.start();
    await untilSaid(run, () => this.road.isOver);
    await run.kill();
    if (!this.title.endsWith('.py')) appendFileSync(join(this.home, 'events.ndjson'), '{"id":"1","model":"sale.or'); // while it wrote
    await this.start();
  }

  async untilAll(): Promise<void> {
    const [last] = this.runs.slice(-1);
    if (last !== undefined) await untilSaid(last, () => linesOf(...this.runs).length >= pushed);
  }

  /** The ids of what it has kept, in order. */
  async inbox(): Promise<string[]> {
    if (this.title.endsWith('.py')) return workshop.rowsOf(this.home, 'select id from events order by rowid');
    const lines = readFileSync(join(this.home, 'events.ndjson'), 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => (JSON.parse(line) as Recorded).id);
  }

  private async start(): Promise<Running> {
    const url = await this.road.open();
    const env = { BRIDGECORE_URL: url, BRIDGECORE_KEY: readKey, POLL_SECONDS: '0.2' };
    const run = workshop.run(this.title, this.home, env);
    this.runs.push(run);
    return run;
  }
}

describe('readers of the feed that are killed in between', () => {
  let readers: readonly ReaderRun[];
  let all: Recorded[];

  beforeAll(async () => {
    readers = READERS.map((title) => new ReaderRun(title));
    await Promise.all(readers.map((reader) => reader.readAndDie()));
    await Promise.all(readers.map((reader) => reader.untilAll()));
    await push(20);
    await Promise.all(readers.map((reader) => reader.untilAll()));
    await Promise.all(readers.flatMap(({ runs }) => runs.map((run) => run.kill())));
    all = await recorded();
  }, 180_000);

  it.each(READERS)('%s has every event once and in order, whatever it meets, and what comes later', async (title) => {
    const reader = readers.find((one) => one.title === title) as ReaderRun;
    const [first, second] = reader.runs as [Running, Running];

    expect(linesOf(first).length).toBeGreaterThan(0);
    expect(linesOf(second).length).toBeGreaterThan(20);
    expect(linesOf(first, second)).toEqual(all.map(lineOf));
    expect(await reader.inbox()).toEqual(all.map(({ id }) => id));
    expect(soonestReturn(reader.road)).toBeGreaterThanOrEqual(EXPECTED_RETURN_MS);
  });
});

it.each(READERS)(
  '%s ends, and says why, when its key is refused',
  async (title) => {
    const env = { BRIDGECORE_URL: hub.gatewayUrl, BRIDGECORE_KEY: 'x'.repeat(40) };

    const run = workshop.run(title, workshop.home(`${title}-refused`), env);

    expect(await run.ended).toBe(1);
    expect(run.stderr()).toContain('AUTHENTICATION_REQUIRED');
    expect(run.stdout()).toBe('');
  },
  60_000,
);

/** What an app of sales is shown, and what the records are after it. */
async function salesToday(): Promise<{ lines: string[]; records: Record<string, object> }> {
  const shown = (await recorded()).filter(({ model }) => model === SALES);
  const records = new Map<string, object>();
  for (const { model, record_id, operation, data } of shown) {
    records.delete(`${model}/${record_id}`);
    if (operation !== 'unlink') records.set(`${model}/${record_id}`, data);
  }
  return { lines: shown.map(lineOf), records: Object.fromEntries(records) };
}

const recordsIn = (home: string): unknown =>
  (JSON.parse(readFileSync(join(home, 'device.json'), 'utf8')) as { records: unknown }).records;

/** How many events a device has not acknowledged; undefined when it is not known. */
async function behind(user: string, device: string): Promise<number | undefined> {
  const answer = await fetch(`${hub.gatewayUrl}/api/v1/sync/state?user_id=${user}&device_id=${device}`, {
    headers: { authorization: `Bearer ${readKey}` },
  });
  return ((await answer.json()) as { devices: { behind: number }[] }).devices[0]?.behind;
}

describe.each(DEVICES)('$device, with a token by $server', ({ server: serverTitle, device: title }) => {
  let server: Running;
  let yourServer: string;

  beforeAll(async () => {
    const port = await freePort();
    yourServer = `http://127.0.0.1:${port}`;
    const env = { BRIDGECORE_URL: hub.gatewayUrl, BRIDGECORE_KEY: readKey, PORT: String(port) };
    server = workshop.run(serverTitle, workshop.home(serverTitle), env);
    await untilSaid(server, () => server.stdout().includes('listening'));
  }, 60_000);

  afterAll(() => server.kill());

  it('has each event once and in order, with pages that come again, a token that ends and a kill in between', async () => {
    const { road, url } = await openRoad();
    const home = workshop.home(title);
    const env = {
      ...{ BRIDGECORE_URL: url, YOUR_SERVER: yourServer, SESSION: 'session-of-mitchell' },
      ...{ DEVICE_ID: title, POLL_SECONDS: '0.2' },
    };
    road.plan('none', 'lost', 'stale', 'busy', 'none', 'held');

    const first = workshop.run(title, home, env);
    await untilSaid(first, () => road.isOver);
    await first.kill();
    const second = workshop.run(title, home, env);
    const isDone = async (): Promise<boolean> => (await behind('2', title)) === 0;
    await until(isDone, { what: 'all to be acknowledged', ...PATIENCE });
    await push(10);
    await until(isDone, { what: 'the new ones to be acknowledged', ...PATIENCE });
    await second.kill();

    const { lines, records } = await salesToday();
    expect(linesOf(first).length).toBeGreaterThan(0);
    expect(linesOf(first, second)).toEqual(lines);
    expect(recordsIn(home)).toEqual(records);
    expect(soonestReturn(road)).toBeGreaterThanOrEqual(EXPECTED_RETURN_MS);
  }, 180_000);

  it('goes on when what it acknowledges is not known any more', async () => {
    const home = workshop.home(title);
    const headers = { authorization: `Bearer ${readKey}`, 'content-type': 'application/json' };
    const reset = { user_id: 2, device_id: title, app_type: 'sales', to: 'beginning' };
    await fetch(`${hub.gatewayUrl}/api/v1/sync/reset`, { method: 'POST', headers, body: JSON.stringify(reset) });

    const run = workshop.run(title, home, {
      ...{ BRIDGECORE_URL: hub.gatewayUrl, YOUR_SERVER: yourServer, SESSION: 'session-of-mitchell' },
      ...{ DEVICE_ID: title, POLL_SECONDS: '0.2' },
    });
    await until(async () => (await behind('2', title)) === 0, { what: 'it to have read all again', ...PATIENCE });
    await run.kill();

    const { lines, records } = await salesToday();
    expect(linesOf(run)).toEqual(lines);
    expect(recordsIn(home)).toEqual(records);
  }, 60_000);

  it('ends when the server does not know its session', async () => {
    const env = { BRIDGECORE_URL: hub.gatewayUrl, YOUR_SERVER: yourServer, SESSION: 'nobody' };

    const run = workshop.run(title, workshop.home(`${title}-refused`), env);

    expect(await run.ended).toBe(1);
    expect(run.stderr()).toContain('401 NOT_LOGGED_IN');
    expect(existsSync(join(workshop.home(`${title}-refused`), 'device.json'))).toBe(false);
  }, 60_000);
});

describe(`${MINTED.device}, with a token by ${MINTED.server}`, () => {
  it('has each event once and in order, and nothing when it is run again', async () => {
    const { road, url } = await openRoad();
    const home = workshop.home(MINTED.device);
    const key = { BRIDGECORE_URL: hub.gatewayUrl, BRIDGECORE_KEY: readKey };
    const minting = workshop.run(MINTED.server, home, key, ['7', 'browser-1']);
    await minting.ended;
    const env = { BRIDGECORE_URL: url, TOKEN: minting.stdout().trim() };
    road.plan('none', 'busy', 'lost');

    const first = workshop.run(MINTED.device, home, env);
    const code = await first.ended;
    const again = workshop.run(MINTED.device, home, env);
    await again.ended;

    const { lines, records } = await salesToday();
    expect({ code, said: linesOf(first) }).toEqual({ code: 0, said: lines });
    expect(linesOf(again)).toEqual([]);
    expect(recordsIn(home)).toEqual(records);
    expect(await behind('7', 'browser-1')).toBe(0);
    expect(soonestReturn(road)).toBeGreaterThanOrEqual(EXPECTED_RETURN_MS);
  }, 120_000);

  it('ends, and says why, when the token is refused', async () => {
    const env = { BRIDGECORE_URL: hub.gatewayUrl, TOKEN: 'ey.ey.ey' };

    const run = workshop.run(MINTED.device, workshop.home(`${MINTED.device}-refused`), env);

    expect(await run.ended).toBe(1);
    expect(run.stderr()).toContain('401 AUTHENTICATION_REQUIRED');
  }, 60_000);
});
