import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '@bridgecore/devkit';
import { record } from '../src/record/record';
import { deliveries, subscribe } from './subscribed';
import { dated, openWorkerStack, pushed, WorkerStack } from './worker-stack';

const PER_ROUND = 400;
const DEATHS = [
  ['before', 1],
  ['after', 1],
  ['before', 2],
  ['after', 2],
] as const;
const running = new Set<ChildProcess>();
let stack: WorkerStack;

beforeAll(async () => {
  stack = await openWorkerStack();
});
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await stack.close();
});

const waiting = async (): Promise<number> => (await stack.rows('select 1 from outbox')).length;

/** A fan-out that ends by a signal; resolves with which. */
function fanOut(where = 'never', batch = 0): { kill: (signal: NodeJS.Signals) => boolean; ended: Promise<unknown[]> } {
  const args = [join(__dirname, 'fan-out-process.js'), stack.databaseUrl, where, String(batch)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return { kill: (signal) => child.kill(signal), ended: once(child, 'exit') };
}

async function recordMore(round: number): Promise<void> {
  const outbox = { subscribers: ['notifications'], wake: () => undefined };
  const from = 1 + round * PER_ROUND;
  const events = Array.from({ length: PER_ROUND }, (_, n) => {
    return pushed(from + n, { payload: { ...dated(from + n), even: (from + n) % 2 === 0 } });
  });
  await record('odoo', events, { ...stack, outbox });
}

describe('a fan-out that is killed before and after its commits', () => {
  it('has written exactly one delivery for each event and each subscription that wants it', async () => {
    await subscribe(stack, 'all');
    await subscribe(stack, 'even', { filter: { condition: { even: true } } });
    for (const [round, [where, batch]] of DEATHS.entries()) {
      await recordMore(round);
      expect(await fanOut(where, batch).ended).toEqual([null, 'SIGKILL']);
    }
    const last = fanOut();
    await until(async () => (await waiting()) === 0, { what: 'an empty outbox', timeoutMs: 30_000 });
    last.kill('SIGTERM');
    expect(await last.ended).toEqual([0, null]);

    const ids = Array.from({ length: DEATHS.length * PER_ROUND }, (_, n) => n + 1);
    const expected = ids.flatMap((id) => (id % 2 === 0 ? [`all ${id}`, `even ${id}`] : [`all ${id}`]));
    expect(await deliveries(stack)).toEqual(expected);
  }, 120_000);
});
