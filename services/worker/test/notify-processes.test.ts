import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@bridgecore/devkit';
import { record } from '../src/record/record';
import { deliveries, subscribe } from './subscribed';
import { startWorker, WorkerProcess } from './worker-process';
import { clear, openWorkerStack, pushed, WorkerStack } from './worker-stack';

const SECRET = `whsec_${randomBytes(24).toString('base64')}`;
let stack: WorkerStack;
let folder: string;
let worker: WorkerProcess | undefined;

beforeAll(async () => {
  stack = await openWorkerStack();
  folder = await mkdtemp(join(tmpdir(), 'bridgecore-notify-'));
  const key = { kty: 'oct', kid: 'k1', alg: 'A256GCM', k: randomBytes(32).toString('base64url') };
  await writeFile(join(folder, 'keys.json'), JSON.stringify({ keys: [key] }));
  const shop = '{name: shop, url: "https://shop.example.invalid/hooks", secrets: ["${SHOP_SECRET}"]}';
  await writeFile(join(folder, 'subscriptions.yaml'), `subscriptions:\n  - ${shop}\n`);
});
beforeEach(() => clear(stack.pool));
afterEach(() => worker?.kill());
afterAll(async () => {
  await stack.close();
  await rm(folder, { recursive: true });
});

const start = async (): Promise<WorkerProcess> =>
  (worker = await startWorker({
    ...{ REDIS_URL: stack.redisUrl, DATABASE_URL: stack.databaseUrl, OUTBOX_SWEEP_SECONDS: '1' },
    ...{ SECRET_KEYS_FILE: join(folder, 'keys.json'), SUBSCRIPTIONS_FILE: join(folder, 'subscriptions.yaml') },
    SHOP_SECRET: SECRET,
  }));

describe('a worker with a file of subscriptions', () => {
  it('applies it, and writes a delivery of each event that any worker has recorded', async () => {
    const { lines, logged } = await start();
    await logged('subscriptions.applied', { declared: 1 });

    await record('odoo', [pushed(1)], { ...stack, outbox: { subscribers: ['notifications'], wake: () => undefined } });

    await until(async () => (await deliveries(stack)).length > 0, { what: 'a delivery', timeoutMs: 20_000 });
    expect(await deliveries(stack)).toEqual(['shop 1']);
    expect(JSON.stringify(lines)).not.toContain(SECRET);
  }, 60_000);

  it('ends with 78 when a subscription of the API has the name of one', async () => {
    await subscribe(stack, 'shop');

    const { exit } = await start();

    expect(await exit).toBe(78);
  }, 60_000);
});
