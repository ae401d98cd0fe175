import { randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { freePort } from '../../src/stack/free-port';
import { createTestDatabase, createTestRedis, type TestDatabase } from '../../src/test-stores';
import { until } from '../../src/until';
import { readText } from '../deploy/repository';
import { blockOf, EXAMPLES, PAGE, programs } from './consumer-page';
import { ExampleWorkshop, type Running } from './example-workshop';
import { FaultyRoad } from './faulty-road';
import { type Hub, OPERATOR_KEY, PUSH_KEY, startHub } from './hub';

const PATIENCE = { timeoutMs: 90_000 };
const RECORDS = 5;
const workshop = new ExampleWorkshop();
let database: TestDatabase;
let hub: Hub;

beforeAll(async () => {
  await workshop.setUp(programs());
  const port = await freePort();
  const [redis] = await Promise.all([createTestRedis(), createTestDatabase().then((made) => (database = made))]);
  const secretKeys = join(workshop.home('hub'), 'secret-keys.json');
  const key = { kty: 'oct', kid: 'k-1', alg: 'A256GCM', k: randomBytes(32).toString('base64url') };
  writeFileSync(secretKeys, JSON.stringify({ keys: [key] }));
  const notify = { NOTIFY_ALLOWED_NETWORKS: '127.0.0.0/8', NOTIFY_BACKOFF_SECONDS: '1' };
  const env = { SECRET_KEYS_FILE: secretKeys, ...notify };
  hub = await startHub({ redisUrl: redis.url, databaseUrl: database.url, port, env });
}, 400_000);

afterAll(async () => {
  await workshop.close();
  await hub.stop();
  await database.drop();
}, 60_000);

let pushed = 0;

/** Changes of five records, with deletions and another model among them, which the subscription does not want. */
async function push(count: number): Promise<void> {
  const events = Array.from({ length: count }, () => {
    const n = (pushed += 1);
    const model = n % 6 === 0 ? 'stock.quant' : 'sale.order';
    const event = n % 7 === 0 ? 'unlink' : 'write';
    return { model, record_id: 1 + (n % RECORDS), event, event_id: String(n), data: { name: `S${n} — ü` } };
  });
  const headers = { authorization: `Bearer ${PUSH_KEY}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ batch: true, events });
  const answer = await fetch(hub.pushUrl, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(await answer.text());
}

async function operate<Content>(method: string, path: string): Promise<Content> {
  const headers = { authorization: `Bearer ${OPERATOR_KEY}` };
  const answer = await fetch(`${hub.operatorUrl}/api/v1/${path}`, { method, headers });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Content;
}

/** What the subscription wants of the events after this one. */
const wanted = (after: string): Promise<{ id: string }[]> =>
  hub.rows(`select id from webhook_events where id > ${after} and model = 'sale.order' and operation = 'write'`);

interface Message {
  readonly type: string;
  readonly data: { readonly id: string; readonly record_id: number };
}

interface Kept {
  readonly id: string;
  readonly message: Message;
}

/** Every call that the page names, as `GET /api/v1/feed`. */
const calls = [...new Set([...readText(PAGE).matchAll(/`([A-Z]+ \/api\/v1\/[^`]+)`/g)].map(([, call = '']) => call))];

it.each(calls)('there is %s, as the page says', async (call) => {
  const [method = '', path = ''] = call.replace('<name>', 'nobody').replace('<id>', '999').split(' ');
  const init = {
    ...{ method, headers: { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': 'application/json' } },
    ...(method === 'GET' ? {} : { body: '{}' }),
  };

  const answers = await Promise.all([hub.gatewayUrl, hub.operatorUrl].map((port) => fetch(port + path, init)));

  const told = await Promise.all(answers.map(async (answer) => `${answer.status} ${await answer.text()}`));
  expect(told.filter((text) => !/^405|There is nothing at/.test(text))).toHaveLength(1);
});

describe.each(EXAMPLES.receivers)('%s', (title) => {
  const name = title.replace('.', '-');
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const isPython = title.endsWith('.py');
  let home: string;
  let port: number;
  let road: FaultyRoad;
  let receiver: Running;

  async function start(): Promise<void> {
    receiver = workshop.run(title, home, { WEBHOOK_SECRET: secret, PORT: String(port) });
    await until(() => receiver.stdout().includes('listening'), { what: `${title} to listen`, ...PATIENCE });
  }

  /** What it has kept of events, in the order of its keeping. */
  async function kept(): Promise<Kept[]> {
    const lines = isPython
      ? await workshop.rowsOf(home, `select json_object('id', id, 'message', json(message)) from inbox order by rowid`)
      : readFileSync(join(home, 'inbox.ndjson'), 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as Kept).filter(({ message }) => message.type !== 'bridgecore.test');
  }

  /** Posts a message that was signed at a time; answers the status. */
  async function post(at: Date, id: string, signatureOf = (good: string) => good): Promise<number> {
    const body = JSON.stringify({ type: 'sale.order.write', timestamp: at, data: { id: '0', record_id: 1 } });
    const signature = signatureOf(new Webhook(secret).sign(id, at, body));
    const timestamp = String(Math.floor(at.getTime() / 1_000));
    const signed = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
    const headers = { 'content-type': 'application/json', ...signed };
    return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body })).status;
  }

  beforeAll(async () => {
    home = workshop.home(title);
    port = await freePort();
    road = new FaultyRoad(`http://127.0.0.1:${port}`);
    await start();
  }, 120_000);

  afterAll(async () => {
    await receiver.kill();
    await road.close();
  });

  it(`is subscribed by ${EXAMPLES.subscriber}, and takes its test`, async () => {
    const url = `${await road.open()}/hooks`;
    const env = { BRIDGECORE_OPERATOR_URL: hub.operatorUrl, BRIDGECORE_KEY: OPERATOR_KEY, WEBHOOK_SECRET: secret };

    const run = workshop.run(EXAMPLES.subscriber, workshop.home(name), env, [name, url]);
    const code = await run.ended;

    const lines = run.stdout().split('\n').filter(Boolean);
    expect({ code, stderr: run.stderr() }).toEqual({ code: 0, stderr: '' });
    expect(lines[0]).toBe(`${name} is active`);
    expect(lines.at(-1)?.trim()).toBe('the test is delivered, answered 204');
  }, 60_000);

  it('keeps every message once, and those of a record in order, whatever happens on the way', async () => {
    const [last] = await hub.rows<{ id: string | null }>('select max(id) as id from webhook_events');
    road.plan('none', 'busy', 'lost', 'none', 'cut', 'broken');

    await push(60);
    const isRecorded = async (): Promise<boolean> =>
      (await hub.rows('select id from webhook_events')).length === pushed;
    await until(isRecorded, { what: 'all to be recorded', ...PATIENCE });
    const want = await wanted(last?.id ?? '0');
    await until(async () => road.isOver && (await kept()).length >= want.length, {
      what: 'all to be kept',
      ...PATIENCE,
    });
    const isQuiet = async (): Promise<boolean> => {
      const { deliveries } = await operate<{ deliveries: object }>('GET', `subscriptions/${name}`);
      return JSON.stringify(deliveries) === JSON.stringify({ waiting: 0, dead: 0 });
    };
    await until(isQuiet, { what: 'every delivery to be done', ...PATIENCE });

    const messages = await kept();
    const ids = messages.map(({ message }) => message.data.id);
    expect([...ids].sort()).toEqual(want.map(({ id }) => id).sort());
    for (let record = 1; record <= RECORDS; record += 1) {
      const own = messages.filter(({ message }) => message.data.record_id === record).map(({ message }) => message);
      const order = own.map(({ data }) => Number(data.id));
      expect(order).toEqual([...order].sort((one, other) => one - other));
    }
    expect(road.passed.length).toBeGreaterThan(want.length); // what was lost has come again
  }, 240_000);

  it('takes a message that it knows for one, after it was killed too', async () => {
    const before = await kept();
    const state = `subscription=${name}&state=delivered&limit=1`;
    const { deliveries } = await operate<{ deliveries: { id: string }[] }>('GET', `deliveries?${state}&order=desc`);
    const [{ id } = { id: '' }] = deliveries;
    await receiver.kill();
    if (!isPython) appendFileSync(join(home, 'inbox.ndjson'), '{"id":"msg_1","mess'); // while it wrote
    await start();

    await operate('POST', `deliveries/${id}/replay`);
    const done = await until(
      async () => {
        const found = await operate<{ state: string; attempts: number }>('GET', `deliveries/${id}`);
        return found.state === 'waiting' ? null : found;
      },
      { what: 'the message to be sent again', ...PATIENCE },
    );

    expect(done).toMatchObject({ state: 'delivered', last_status: 204, attempts: 1 });
    expect(await kept()).toEqual(before);
  }, 120_000);

  it('takes what one of several signatures fits, and nothing that is forged or old', async () => {
    const now = new Date();
    const long = new Date(now.getTime() - 10 * 60_000);
    const before = (await kept()).length;

    const refused = [
      await post(now, 'msg_forged', () => `v1,${randomBytes(32).toString('base64')}`),
      await post(now, 'msg_unsigned', () => ''),
      await post(now, 'msg_v2', (good) => good.replace('v1,', 'v2,')),
      await post(long, 'msg_old'),
      await post(new Date(now.getTime() + 10 * 60_000), 'msg_future'),
    ];
    const taken = await post(now, 'msg_rotated', (good) => `v1,${randomBytes(32).toString('base64')} ${good}`);

    expect(refused).toEqual([401, 401, 401, 401, 401]);
    expect(taken).toBe(204);
    expect((await kept()).slice(before).map(({ id }) => id)).toEqual(['msg_rotated']);
  }, 60_000);

  it('is sent what the page says', () => {
    const [head = ''] = EXAMPLES.message.map((block) => blockOf(block).text);
    const shown = head.split('\n').filter((line) => line.includes(': '));
    const headers = shown.map((line) => line.slice(0, line.indexOf(':')));

    const sent = road.passed.at(-1)?.headers ?? {};

    expect(headers.filter((header) => sent[header] === undefined)).toEqual([]);
    for (const [header, like] of Object.entries({
      'content-type': /^application\/json$/,
      'user-agent': /^BridgeCore\/\d+\.\d+\.\d+/,
      'webhook-id': /^msg_[0-9a-f]{32}$/,
      'webhook-timestamp': /^\d{10}$/,
      'webhook-signature': /^v1,[A-Za-z0-9+/]{43}=$/,
    })) {
      expect(shown.find((line) => line.startsWith(`${header}: `))?.slice(header.length + 2)).toMatch(like);
      expect(sent[header]).toMatch(like);
    }
  });

  it('is sent a body as the page shows it', async () => {
    const shown = JSON.parse(blockOf('message.json').text) as { type: string; data: object };

    const sent = (await kept()).find(({ message }) => message.type === shown.type)?.message;

    expect(Object.keys(shown)).toEqual(Object.keys(sent ?? {}));
    expect(Object.keys(JSON.parse(blockOf('event.json').text) as object)).toEqual(Object.keys(sent?.data ?? {}));
  });
});
