import { MAINTENANCE, MaintenanceKind, ODOO_PULL } from '@bridgecore/contracts';
import { FakeOdoo, until } from '@bridgecore/devkit';
import { Producer } from '@bridgecore/runtime';
import { startWorker, WorkerProcess } from './worker-process';
import { openWorkerStack, WorkerStack } from './worker-stack';

let stack: WorkerStack;
let odoo: FakeOdoo;
let workers: WorkerProcess[];

beforeAll(async () => {
  stack = await openWorkerStack();
  odoo = new FakeOdoo({ apiKey: 'key' });
  const env = { ODOO_URL: await odoo.listen(), ODOO_WEBHOOK_API_KEY: 'key' };
  const stores = { DATABASE_URL: stack.databaseUrl, REDIS_URL: stack.redisUrl };
  workers = await Promise.all([1, 2].map(() => startWorker({ ...env, ...stores })));
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  await odoo.close();
  await stack.close();
});

const ask = (kind: MaintenanceKind): Promise<void> =>
  new Producer(MAINTENANCE, stack.redis).add({ kind, key_id: null, correlation_id: 'asked' });

const logged = (message: string, fields: object): Promise<unknown> =>
  until(() => workers.some((worker) => worker.lines.some((line) => isLike(line, { message, ...fields }))), {
    what: message,
    timeoutMs: 20_000,
  });

const isLike = (line: object, fields: object): boolean =>
  Object.entries(fields).every(([name, value]) => (line as Record<string, unknown>)[name] === value);

/** What one worker shows of checks and statistics, without the figures that are others each time. */
async function shown(worker: WorkerProcess): Promise<string[]> {
  const { health_port: port } = await worker.logged('worker.started');
  const text = await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => /^bridgecore_(system|completeness|dead_letters_open)/.test(line) && !line.includes('checked'));
}

describe('two workers as processes', () => {
  it('take jobs of a former scheduler, which gave them no id, and give them one', async () => {
    await new Producer(ODOO_PULL, stack.redis).add({ system: 'odoo' });
    await new Producer(MAINTENANCE, stack.redis).add({ kind: 'statistics', key_id: null, correlation_id: null });

    await logged('job.done', { queue: 'odoo-pull', system: 'odoo', outcome: 'done' });
    await logged('job.done', { queue: 'maintenance', kind: 'statistics', outcome: 'done' });

    const ids = workers
      .flatMap(({ lines }) => lines)
      .flatMap((line) => (line.message === 'job.done' ? [line['correlation_id']] : []));
    expect(ids).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  });

  it('check the Odoo and take statistics when they are asked to, and show the same whoever did it', async () => {
    odoo.makeEvents(4);

    await ask('connection-check');
    await logged('system.check', { system: 'odoo', outcome: 'ok', correlation_id: 'asked' });
    await ask('statistics');
    await logged('job.done', { queue: 'maintenance', kind: 'statistics', outcome: 'done', correlation_id: 'asked' });
    const [first, second] = await Promise.all(workers.map(shown));

    expect(first).toEqual(second);
    expect(first).toContain('bridgecore_system_up{system="odoo",service="worker"} 1');
    expect(first).toContain('bridgecore_system_pending_events{system="odoo",service="worker"} 4');
    expect(first).toContain('bridgecore_dead_letters_open{system="odoo",service="worker"} 0');
  });
});
