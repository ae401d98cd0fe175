import { ServerResponse } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@bridgecore/devkit';
import { record } from '../src/record/record';
import { NotifyStack } from './notify-stack';
import { fine, openReceiver, Receiver } from './receiver';
import { startWorker, WorkerProcess } from './worker-process';
import { dated, pushed } from './worker-stack';

let stack: NotifyStack;
let receiver: Receiver;
let directory: string;
let workers: WorkerProcess[] = [];

beforeAll(async () => {
  stack = await NotifyStack.open();
  directory = mkdtempSync(join(tmpdir(), 'bridgecore-notify-'));
  const key = { kty: 'oct', kid: '2026', alg: 'A256GCM', k: stack.key.toString('base64url') };
  writeFileSync(join(directory, 'keys.json'), JSON.stringify({ keys: [key] }));
});
beforeEach(async () => {
  await stack.begin();
  receiver = await openReceiver();
});
afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  workers = [];
  await receiver.close();
});
afterAll(async () => {
  rmSync(directory, { recursive: true });
  await stack.close();
});

async function worker(): Promise<WorkerProcess> {
  const { redisUrl, databaseUrl } = stack.stack;
  const started = await startWorker({
    ...{ REDIS_URL: redisUrl, DATABASE_URL: databaseUrl, SECRET_KEYS_FILE: join(directory, 'keys.json') },
    ...{ NOTIFY_ALLOWED_NETWORKS: '127.0.0.0/8', OUTBOX_SWEEP_SECONDS: '1', NOTIFY_CONCURRENCY: '2' },
  });
  workers.push(started);
  return started;
}

describe('the worker', () => {
  it('sends what was recorded', async () => {
    await stack.subscribe(receiver.url);
    await worker();

    const outbox = { subscribers: ['notifications'], wake: () => undefined };
    await record('odoo', [pushed(1, { payload: dated(1) })], { ...stack.stack, outbox });
    await stack.reach('delivered', 1);

    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({ data: { push_id: '1', system: 'odoo' } });
  });

  it('settles what is under way before it ends', async () => {
    const id = await stack.subscribe(receiver.url);
    const held: ServerResponse[] = [];
    receiver.answer = (response) => void held.push(response);
    await stack.deliverMany(id, 5);
    const ending = await worker();
    await until(() => held.length === 2, { what: 'two tries' });

    ending.signal('SIGTERM');
    await ending.logged('shutdown.started');
    held.forEach((response) => response.writeHead(204).end());

    expect(await ending.exit).toBe(0);
    expect(await stack.countOf('delivered')).toBe(2);
    expect(await stack.stack.rows('select from deliveries where claim is not null')).toEqual([]);
    expect(receiver.received).toHaveLength(2);
  });

  it('that is killed during its tries leaves them to another, after their lease', async () => {
    const id = await stack.subscribe(receiver.url);
    receiver.answer = () => {};
    await stack.deliverMany(id, 3);
    const killed = await worker();
    await until(() => receiver.received.length === 2, { what: 'two tries' });

    await killed.kill();
    receiver.answer = fine;
    await worker();
    await stack.reach('delivered', 1);
    expect(receiver.received).toHaveLength(3);
    await stack.stack.pool.query(`update deliveries set next_attempt_at = now() where state = 'waiting'`); // its end
    await stack.reach('delivered', 3);

    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(ids).toHaveLength(5);
    expect(new Set(ids).size).toBe(3);
  });
});
