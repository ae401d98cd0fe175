import { Redis } from 'ioredis';
import { createTestRedis, until } from '@bridgecore/devkit';
import { connectFailFast, disconnect, withLock } from '../src/index';
import { recordedLog } from './recorded-log';

const KEY = 'odoo_sync:lock:odoo';
const LONG_MS = 60_000;
const SHORT_MS = 150;

let redis: Redis;

beforeAll(async () => {
  redis = connectFailFast((await createTestRedis()).url, recordedLog().log);
  await until(() => redis.status === 'ready', { what: 'Redis' });
});

beforeEach(() => redis.flushdb());

afterAll(() => disconnect(redis));

describe('withLock', () => {
  it('runs the work and frees the lock', async () => {
    const held = await withLock(redis, KEY, LONG_MS, async () => {
      expect(await redis.pttl(KEY)).toBeGreaterThan(LONG_MS / 2);
    });

    expect(held).toBe(true);
    expect(await redis.exists(KEY)).toBe(0);
  });

  it('frees the lock when the work fails', async () => {
    const failing = withLock(redis, KEY, LONG_MS, () => Promise.reject(new Error('of the work')));

    await expect(failing).rejects.toThrow('of the work');
    expect(await redis.exists(KEY)).toBe(0);
  });

  it('returns false at once when someone else holds it', async () => {
    const work = jest.fn(() => Promise.resolve());

    await withLock(redis, KEY, LONG_MS, async () => {
      expect(await withLock(redis, KEY, LONG_MS, work)).toBe(false);
      expect(await redis.exists(KEY)).toBe(1);
    });

    expect(work).not.toHaveBeenCalled();
  });

  it('lets one in when many ask at once', async () => {
    const asked = Array.from({ length: 50 }, () =>
      withLock(redis, KEY, LONG_MS, () => redis.ping().then(() => undefined)),
    );

    const held = await Promise.all(asked);

    expect(held.filter(Boolean)).toHaveLength(1);
  });

  it('renews the lock while the work goes on', async () => {
    await withLock(redis, KEY, SHORT_MS, async (lost) => {
      for (let renewals = 0; renewals < 6; renewals += 1) await renewed(); // twice the time to live

      expect(lost.aborted).toBe(false);
      expect(await redis.exists(KEY)).toBe(1);
    });
  });

  it('tells the work when the lock is gone, as after a flush', async () => {
    await withLock(redis, KEY, SHORT_MS, async (lost) => {
      await redis.flushdb();

      await until(() => lost.aborted, { what: 'the signal' });
    });
  });

  it('neither renews nor frees the lock of another when it comes late', async () => {
    await withLock(redis, KEY, SHORT_MS, async (lost) => {
      await redis.set(KEY, 'another', 'PX', LONG_MS);
      await until(() => lost.aborted, { what: 'the signal' });
    });

    expect(await redis.get(KEY)).toBe('another');
  });
});

async function renewed(): Promise<void> {
  let before = await redis.pttl(KEY);
  await until(
    async () => {
      const now = await redis.pttl(KEY);
      const isRenewed = now > before;
      before = now;
      return isRenewed;
    },
    { what: 'a renewal', intervalMs: 5 },
  );
}
