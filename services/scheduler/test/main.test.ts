import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort, Stack, startStack, until } from '@bridgecore/devkit';
import { Queues } from './scheduler-stack';

interface Process {
  readonly child: ChildProcess;
  readonly url: string;
  readonly ended: Promise<unknown>;
  readonly errors: string[];
  named(message: string): Record<string, unknown>[];
}

let own: Stack;
let children: ChildProcess[] = [];

beforeAll(async () => {
  own = await startStack({ stores: ['redis'], log: () => undefined });
});

afterEach(async () => {
  for (const child of children) if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  children = [];
});

afterAll(() => own.stop());

async function start(env: Record<string, string>): Promise<Process> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(__dirname, '../src/main.js')], {
    env: { PATH: process.env['PATH'] ?? '', HEALTH_PORT: String(port), HEALTH_HOST: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const ended = once(child, 'exit').then(([code]) => code as unknown);
  const lines: Record<string, unknown>[] = [];
  const errors: string[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line) as Record<string, unknown>));
  createInterface(child.stderr).on('line', (line) => errors.push(line));
  const named = (message: string): Record<string, unknown>[] => lines.filter((line) => line['message'] === message);
  return { child, url: `http://127.0.0.1:${port}`, ended, errors, named };
}

async function health({ url }: Process, path: 'live' | 'ready'): Promise<number> {
  const answer = await fetch(`${url}/health/${path}`, { headers: { connection: 'close' } });
  await answer.text();
  return answer.status;
}

describe('the scheduler as a process', () => {
  it('waits for a Redis that is away: live, not ready, and then ticks by itself', async () => {
    await own.redis.stop();
    const scheduler = await start({
      REDIS_URL: own.redisUrl,
      ODOO_URL: 'http://odoo',
      ODOO_SYNC_INTERVAL_SECONDS: '1',
    });
    await until(() => scheduler.named('redis.down').length, { what: 'the outage to be noticed' });
    const before = [await health(scheduler, 'live'), await health(scheduler, 'ready')];

    await own.redis.start();
    await until(async () => (await health(scheduler, 'ready')) === 200, { what: 'the scheduler to be ready' });
    await until(() => scheduler.named('job.done').length >= 2, { what: 'two ticks' });

    expect(before).toEqual([200, 503]);
    const queues = new Queues(own.redisUrl, '{bridgecore}');
    expect((await queues.maintenance.getWaiting()).map(({ data }) => data as unknown)).toContainEqual(
      expect.objectContaining({ kind: 'connection-check' }),
    );
    expect(scheduler.named('schedule.at_start')).toHaveLength(1);
    expect(await queues.pulls.getWaiting()).toEqual([
      expect.objectContaining({
        data: { system: 'odoo', correlation_id: expect.any(String) as string },
      }),
    ]);
    await queues.close();
    scheduler.child.kill('SIGTERM');
    expect(await scheduler.ended).toBe(0);
  });

  it('goes on after Redis was killed, is not ready while it hangs, and ends in order while it is away', async () => {
    const scheduler = await start({
      REDIS_URL: own.redisUrl,
      ODOO_URL: 'http://odoo',
      ODOO_SYNC_INTERVAL_SECONDS: '1',
    });
    await until(() => scheduler.named('job.done').length, { what: 'a tick' });

    await own.redis.kill();
    await until(async () => (await health(scheduler, 'ready')) === 503, { what: 'the scheduler to notice' });
    await own.redis.start();
    const ticks = scheduler.named('job.done').length;
    await until(() => scheduler.named('job.done').length > ticks, { what: 'a tick after the return' });
    await own.redis.pause();
    await until(async () => (await health(scheduler, 'ready')) === 503, { what: 'the scheduler to notice the hang' });
    await own.redis.resume();
    await until(async () => (await health(scheduler, 'ready')) === 200, { what: 'the scheduler to be ready again' });
    await own.redis.stop();
    await until(async () => (await health(scheduler, 'ready')) === 503, { what: 'the scheduler to notice' });
    scheduler.child.kill('SIGTERM');

    expect(await scheduler.ended).toBe(0);
    expect(scheduler.named('shutdown.done')).toHaveLength(1);
    await own.redis.start();
  });

  it('is idle and says what to set when it knows no system', async () => {
    const scheduler = await start({ REDIS_URL: own.redisUrl });

    await until(() => scheduler.named('scheduler.idle').length, { what: 'the hint' });

    expect(scheduler.named('scheduler.idle')[0]?.['hint']).toContain('ODOO_URL');
    expect(await health(scheduler, 'live')).toBe(200);
  });

  it('refuses to start with 78 when the configuration is wrong', async () => {
    const scheduler = await start({ ODOO_URL: 'odoo', ODOO_SYNC_INTERVAL_SECONDS: '0' });

    expect(await scheduler.ended).toBe(78);
    expect(scheduler.errors.slice(1)).toEqual([
      expect.stringContaining('REDIS_URL is not set'),
      expect.stringContaining('ODOO_URL is "odoo"'),
      expect.stringContaining('ODOO_SYNC_INTERVAL_SECONDS is "0"'),
    ]);
  });
});
