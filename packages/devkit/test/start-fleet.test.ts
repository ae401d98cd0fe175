import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fleet } from '../src/start/fleet';
import { untilReady } from '../src/start/ready';
import { Service } from '../src/start/service';
import { isAlive } from '../src/stack/process-tree';
import { freePort } from '../src/stack/free-port';
import { until } from '../src/until';

const never = new AbortController().signal;

const SCRIPTS = {
  obedient: `process.on('SIGTERM', () => { console.log('asked'); process.exit(0); }); console.log('up ' + process.pid); setInterval(() => {}, 1000);`,
  stubborn: `process.on('SIGTERM', () => {}); console.log('up ' + process.pid); setInterval(() => {}, 1000);`,
  failing: `console.error('the reason'); process.exit(3);`,
  serving: `require('node:http').createServer((_, res) => res.end('{}')).listen(Number(process.env.PORT), '127.0.0.1', () => console.log('up ' + process.pid));`,
};

describe('a fleet', () => {
  let logs: string;
  let fleet: Fleet;
  let said: string[];
  let lines: string[];
  let guarded: Set<number>;

  beforeEach(() => {
    logs = mkdtempSync(join(tmpdir(), 'bridgecore-test-'));
    [said, lines, guarded] = [[], [], new Set()];
    const guard = {
      guard: async (pid: number) => void guarded.add(pid),
      unguard: async (pid: number) => void guarded.delete(pid),
    };
    fleet = new Fleet({
      guard,
      line: (line, service) => lines.push(`${service}: ${line}`),
      say: (text) => said.push(text),
    });
  });

  afterEach(async () => {
    await fleet.stop(['one', 'two'], AbortSignal.abort());
    rmSync(logs, { recursive: true, force: true });
  });

  function service(name: string, script: keyof typeof SCRIPTS, env: Record<string, string> = {}): Service {
    const path = join(logs, `${name}.js`);
    writeFileSync(path, SCRIPTS[script]);
    return fleet.add(
      new Service({ name, logs, script: path, env: { PATH: process.env['PATH'] ?? '', ...env } }, fleet),
    );
  }

  /** The process ids that a service has had, by what its processes said. */
  function pids(name: string): number[] {
    return lines.flatMap((line) => (line.startsWith(`${name}: up `) ? [Number(line.slice(name.length + 5))] : []));
  }

  const up = (name: string, times = 1): Promise<boolean> =>
    until(() => pids(name).length === times, { what: `${name} to run` });

  it('stops services in the given order, each when the one before has ended', async () => {
    service('one', 'obedient');
    service('two', 'obedient');
    await Promise.all([up('one'), up('two')]);

    await fleet.stop(['two', 'one'], never);

    expect(said).toEqual(['stopping two …', 'stopping one …']);
    expect(lines.filter((line) => line.endsWith('asked'))).toEqual(['two: asked', 'one: asked']);
    expect([...pids('one'), ...pids('two')].some(isAlive)).toBe(false);
    expect(guarded.size).toBe(0);
  });

  it('ends everything at once when asked a second time', async () => {
    service('one', 'stubborn');
    service('two', 'stubborn');
    await Promise.all([up('one'), up('two')]);
    const now = new AbortController();

    const stopped = fleet.stop(['one', 'two'], now.signal);
    now.abort();
    await stopped;

    expect([...pids('one'), ...pids('two')].some(isAlive)).toBe(false);
  });

  it('starts again what dies, says so, and has the new one guarded', async () => {
    service('one', 'obedient');
    await up('one');
    fleet.watch();

    process.kill(pids('one')[0] ?? 0, 'SIGKILL');

    await up('one', 2);
    expect(said).toEqual([
      expect.stringMatching(/^one has ended \(SIGKILL\); its log is .*one\.log\. Starting it again in 1 s …$/),
    ]);
    expect([...guarded]).toEqual([pids('one')[1]]);
  });

  it('does not start again what dies while everything ends', async () => {
    const dying = service('one', 'obedient');
    await up('one');
    fleet.watch();
    process.kill(pids('one')[0] ?? 0, 'SIGKILL');
    await until(() => said.length > 0, { what: 'the death to be told' });

    await fleet.stop(['one'], never);

    expect([dying.isRunning, pids('one').length]).toEqual([false, 1]);
  });

  it('keeps the log of the start before', async () => {
    const first = service('one', 'obedient');
    await up('one');
    await fleet.stop(['one'], never);
    await until(() => readFileSync(first.logFile, 'utf8').endsWith('asked\n'), { what: 'the log to be written' });

    service('one', 'obedient');

    await up('one', 2);
    expect(readFileSync(join(logs, 'one.previous.log'), 'utf8')).toContain('asked');
  });

  it('is ready when its services answer', async () => {
    const port = await freePort();
    const serving = service('one', 'serving', { PORT: String(port) });

    await expect(untilReady(serving, `http://127.0.0.1:${port}/`, never)).resolves.toBeUndefined();
  });

  it('says what a service said last when it ends while it starts', async () => {
    const failing = service('one', 'failing');

    await expect(untilReady(failing, 'http://127.0.0.1:1/', never)).rejects.toThrow(
      'one ended while it started. It said last:\nthe reason',
    );
  });
});
