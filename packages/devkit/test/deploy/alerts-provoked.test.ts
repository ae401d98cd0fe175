import { Redis } from 'ioredis';
import { FakeOdoo } from '../../src/fake-odoo/index';
import { freePort } from '../../src/stack/free-port';
import type { Stack } from '../../src/stack/stack';
import { startOwnStack } from '../../src/test-stores';
import { until } from '../../src/until';
import { type Hub, ODOO_KEY, OPERATOR_KEY, PUSH_KEY, startHub } from '../e2e/hub';
import { type Prometheus, startPrometheus } from './alerts-prometheus';

/** From a fault to its alert: what looks at Redis' settings does so every five seconds, and Prometheus every second. */
const NOTICED = { timeoutMs: 20_000, intervalMs: 250 };

let stack: Stack;
let redis: Redis;
let odoo: FakeOdoo;
let hub: Hub;
let prometheus: Prometheus;

beforeAll(async () => {
  stack = await startOwnStack();
  redis = new Redis(stack.redisUrl);
  odoo = new FakeOdoo({ apiKey: 'another-key', gapRate: 0 });
  hub = await startHub({ ...stack, odooUrl: await odoo.listen(), port: await freePort() });
  prometheus = await startPrometheus({
    gateway: hub.operatorUrl,
    scheduler: hub.schedulerUrl,
    worker: hub.workerUrl,
  });
}, 120_000);

afterAll(async () => {
  await prometheus.stop();
  await hub.stop();
  await odoo.close();
  redis.disconnect();
  await stack.stop();
}, 30_000);

/** Whether these fire, and nothing else. A busy machine is no fault of what is tested. */
const areFiring = async (...expected: string[]): Promise<boolean> => {
  const found = (await prometheus.firing()).filter((name) => name !== 'BridgeCoreEventLoopBlocked');
  return JSON.stringify(found) === JSON.stringify(expected);
};

async function push(key: string, body: object): Promise<number> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return (await fetch(hub.pushUrl, { method: 'POST', headers, body: JSON.stringify(body) })).status;
}

/** One fault, from its beginning until everything is well again. */
interface Fault {
  readonly name: string;
  readonly alert: string;
  readonly begin: () => unknown;
  readonly mend: () => unknown;
}

const FAULTS: readonly Fault[] = [
  {
    name: 'an Odoo refuses our key, and then has it',
    alert: 'BridgeCoreOdooKeyRefused',
    begin: () => undefined, // it has had another one from the beginning
    mend: () => odoo.setApiKey(ODOO_KEY),
  },
  {
    name: 'Redis may evict, and then may not',
    alert: 'BridgeCoreRedisEvicts',
    begin: () => redis.config('SET', 'maxmemory-policy', 'allkeys-lru'),
    mend: () => redis.config('SET', 'maxmemory-policy', 'noeviction'),
  },
  {
    name: 'PostgreSQL goes away, and comes back',
    alert: 'BridgeCorePostgresAway',
    begin: () => stack.postgres.stop(),
    mend: () => stack.postgres.start(),
  },
  {
    name: 'an item of a batch is no event, and is discarded',
    alert: 'BridgeCoreDeadLettersOpen',
    begin: () => push(PUSH_KEY, { batch: true, events: [{ model: 'x.provoked' }] }),
    mend: () =>
      fetch(`${hub.operatorUrl}/api/v1/dead-letters/1/discard`, {
        method: 'POST',
        headers: { authorization: `Bearer ${OPERATOR_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ reason: 'a test' }),
      }),
  },
];

it.each(FAULTS)(
  'tells when $name: $alert',
  async ({ alert, begin, mend }) => {
    await begin();
    await until(() => areFiring(alert), { what: `${alert}, and no other`, ...NOTICED });

    await mend();
    await until(() => areFiring(), { what: 'no alert any more', ...NOTICED });

    expect(await areFiring()).toBe(true);
  },
  60_000,
);

it('tells when pushes come with a key that nobody knows: BridgeCorePushesWrongKey', async () => {
  const tried = async (): Promise<boolean> => {
    expect(await push('a-key-that-nobody-knows-'.padEnd(40, 'x'), {})).toBe(401);
    return areFiring('BridgeCorePushesWrongKey');
  };

  await until(tried, { what: 'the alert, and no other', ...NOTICED });

  expect(await prometheus.firing()).toContain('BridgeCorePushesWrongKey');
}, 30_000);
