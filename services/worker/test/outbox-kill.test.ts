import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '@bridgecore/devkit';
import { record } from '../src/record/record';
import { dated, openWorkerStack, pushed, WorkerStack } from './worker-stack';

const ROUNDS = 5;
const PER_ROUND = 120;
const EVENTS = ROUNDS * PER_ROUND;
const running = new Set<ChildProcess>();
let stack: WorkerStack;
let runs = 0;

beforeAll(async () => {
  stack = await openWorkerStack();
  await stack.pool.query(`
    create table effects (id bigint generated always as identity, event_id bigint);
    create table sent (id bigint generated always as identity, outbox_id bigint, event_id bigint, run text)`);
});
afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await stack.close();
});

const count = async (table: string): Promise<number> =>
  Number((await stack.rows<{ count: string }>(`select count(*) from ${table}`))[0]?.count);
const handedOn = async (): Promise<number> => (await count('effects')) + (await count('sent'));
const anyOf = (n: number): number => 1 + Math.floor(Math.random() * n);

/** A relay that ends by a signal: its own after so many entries, or ours. */
function relay(dieAfter: number): { kill: (signal: NodeJS.Signals) => boolean; ended: Promise<unknown[]> } {
  const args = [join(__dirname, 'relay-process.js'), stack.databaseUrl, `run-${(runs += 1)}`, String(dieAfter)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return { kill: (signal) => child.kill(signal), ended: once(child, 'exit') };
}

async function recordMore(from: number): Promise<void> {
  const outbox = { subscribers: ['inside', 'outside'], wake: () => undefined };
  const events = Array.from({ length: PER_ROUND }, (_, n) => pushed(from + n, { payload: dated(from + n) }));
  await record('odoo', events, { ...stack, outbox });
}

describe('a relay that is killed again and again', () => {
  it('hands on every event: exactly once in effect inside PostgreSQL, at least once outside', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      await recordMore(round * PER_ROUND);
      const goal = (await handedOn()) + anyOf(PER_ROUND);
      const relays = [relay(anyOf(100)), relay(0)]; // one dies while it hands on, the other wherever it is

      const isFar = async (): Promise<boolean> => (await handedOn()) >= goal || (await count('outbox')) === 0;
      await until(isFar, { what: 'progress', timeoutMs: 20_000, intervalMs: 5 });

      for (const { kill } of relays) kill('SIGKILL');
      await Promise.all(relays.map(({ ended }) => ended));
    }
    const last = relay(0);
    await until(async () => (await count('outbox')) === 0, { what: 'an empty outbox', timeoutMs: 30_000 });
    last.kill('SIGTERM');
    expect(await last.ended).toEqual([0, null]);

    const ids = Array.from({ length: EVENTS }, (_, n) => String(n + 1));
    const effects = await stack.rows<{ event_id: string }>('select event_id from effects order by id');
    expect(effects.map(({ event_id }) => event_id)).toEqual(ids);
    expect(await stack.rows('select distinct event_id from sent')).toHaveLength(EVENTS);
    expect(await stack.rows('select 1 from sent group by event_id having count(distinct outbox_id) > 1')).toEqual([]);
    // Within one run an id comes once; so whoever has it again has it from a run that was killed before.
    expect(await stack.rows('select 1 from sent group by outbox_id, run having count(*) > 1')).toEqual([]);
    expect(await count('sent')).toBeLessThanOrEqual(EVENTS + 2 * ROUNDS * 250);
  }, 90_000);
});
