import { setTimeout as sleep } from 'node:timers/promises';
import { FakeOdoo } from '../../src/fake-odoo/index';
import { freePort } from '../../src/stack/free-port';
import type { Stack, StoreControl } from '../../src/stack/stack';
import { startOwnStack } from '../../src/test-stores';
import { until } from '../../src/until';
import { type Hub, ODOO_KEY, PUSH_KEY, startHub } from './hub';

/** What waits is picked up within this time of a store's return. */
const RETURN_MS = 10_000;
const AWAY_MS = 4_000;

let stack: Stack;
let odoo: FakeOdoo;
let hub: Hub;
let count = 0;

beforeAll(async () => {
  stack = await startOwnStack();
  odoo = new FakeOdoo({ apiKey: ODOO_KEY, gapRate: 0 });
  hub = await startHub({ ...stack, odooUrl: await odoo.listen(), port: await freePort() });
}, 60_000);

afterAll(async () => {
  await hub.stop();
  await odoo.close();
  await stack.stop();
}, 30_000);

async function push(id: number): Promise<boolean> {
  const headers = { authorization: `Bearer ${PUSH_KEY}`, 'content-type': 'application/json' };
  const body = JSON.stringify({
    model: 'x.return',
    record_id: id,
    event: 'write',
    event_id: `return-${id}`,
    data: { id },
  });
  return (await fetch(hub.pushUrl, { method: 'POST', headers, body })).status === 200;
}

const isPushed = async (id: number): Promise<boolean> =>
  (await hub.rows(`select 1 from webhook_events where push_id = 'return-${id}'`)).length === 1;
const isPulled = async (id: number): Promise<boolean> =>
  (await hub.rows(`select 1 from webhook_events where pull_id = ${id}`)).length === 1;
const liveness = async (): Promise<number> => (await fetch(`${hub.workerUrl}/health/live`)).status;

type Outage = readonly [begin: (store: StoreControl) => Promise<void>, end: (store: StoreControl) => Promise<void>];

const OUTAGES: Readonly<Record<string, Outage>> = {
  stopped: [(store) => store.stop(), (store) => store.start()],
  killed: [(store) => store.kill(), (store) => store.start()],
  frozen: [(store) => store.pause(), (store) => store.resume()],
};

describe.each(['redis', 'postgres'] as const)('after %s was', (name) => {
  it.each(Object.entries(OUTAGES))(
    '%s, workers take up pushes and pulls by themselves, and stay live',
    async (_, [begin, end]) => {
      const store = stack[name];
      const id = (count += 1);
      await begin(store);
      const [change] = odoo.commit({ model: 'sale.order' });
      if (name === 'postgres') expect(await push(id)).toBe(true);
      await sleep(AWAY_MS);
      const lives = [await liveness()];
      await end(store);

      const returnedAt = Date.now();
      const left = (): number => Math.max(returnedAt + RETURN_MS - Date.now(), 1);
      if (name === 'redis') await until(() => push(id), { what: 'the gateway', timeoutMs: left() });
      await until(() => isPushed(id), { what: 'the push to be recorded', timeoutMs: left() });
      await until(() => isPulled(change?.pullId ?? 0), { what: 'the change to be pulled', timeoutMs: left() });

      lives.push(await liveness());
      expect(lives).toEqual([200, 200]);
    },
    60_000,
  );
});
