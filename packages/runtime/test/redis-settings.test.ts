import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { Stack, startStack, until } from '@bridgecore/devkit';
import { connectFailFast, disconnect, RedisSettings, watchSettings } from '../src/index';
import { recordedLog } from './recorded-log';

let own: Stack;
let redis: Redis;
let settings: RedisSettings | undefined;
let recorded: ReturnType<typeof recordedLog>;

beforeAll(async () => {
  own = await startStack({ stores: ['redis'], log: () => undefined });
});

beforeEach(async () => {
  recorded = recordedLog();
  redis = connectFailFast(own.redisUrl, recorded.log);
  await until(() => redis.status === 'ready', { what: 'Redis' });
});

afterEach(async () => {
  settings?.stop();
  await redis.config('SET', 'maxmemory-policy', 'noeviction');
  await redis.config('SET', 'appendonly', 'yes');
  await disconnect(redis);
});

afterAll(() => own.stop());

const told = (name: string): Promise<unknown> =>
  until(() => recorded.named(name).length > 0, { what: `the line ${name}` });

describe('watchSettings', () => {
  it('warns once of a Redis without an append-only file, and says when it has one', async () => {
    await redis.config('SET', 'appendonly', 'no');

    settings = watchSettings(redis, recorded.log, undefined, 50);
    await told('redis.not_durable');
    await redis.config('SET', 'appendonly', 'yes');
    await told('redis.durable');

    expect(recorded.named('redis.not_durable')).toMatchObject([{ level: 'warn', hint: 'set appendonly yes' }]);
    expect(settings.evictsBy()).toBeUndefined();
  });

  it('names the policy by which jobs may be evicted, and heals without a restart', async () => {
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');

    settings = watchSettings(redis, recorded.log, undefined, 50);
    await told('redis.evicts');
    const before = settings.evictsBy();
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    await told('redis.keeps');

    expect(before).toBe('allkeys-lru');
    expect(settings.evictsBy()).toBeUndefined();
    expect(recorded.named('redis.evicts')).toHaveLength(1);
  });

  it('shows both as metrics once Redis has told', async () => {
    const metrics = new Registry();
    const shown = async (): Promise<string[]> =>
      (await metrics.metrics()).split('\n').filter((line) => line.startsWith('bridgecore_'));
    settings = watchSettings(redis, recorded.log, metrics, 50);
    const before = await shown();
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await redis.config('SET', 'appendonly', 'no');
    await told('redis.evicts');
    await told('redis.not_durable');
    const bad = await shown();
    await redis.config('SET', 'maxmemory-policy', 'noeviction');
    await redis.config('SET', 'appendonly', 'yes');
    await told('redis.keeps');
    await told('redis.durable');

    expect(before).toEqual([]);
    expect(bad).toEqual(['bridgecore_redis_evicts 1', 'bridgecore_redis_durable 0']);
    expect(await shown()).toEqual(['bridgecore_redis_evicts 0', 'bridgecore_redis_durable 1']);
  });

  it('looks again at a new connection', async () => {
    settings = watchSettings(redis, recorded.log, undefined, 3_600_000);
    await redis.config('SET', 'maxmemory-policy', 'volatile-ttl');

    redis.disconnect(true);
    await told('redis.evicts');

    expect(settings.evictsBy()).toBe('volatile-ttl');
  });

  it('warns once where INFO is denied, and goes on', async () => {
    await redis.call('ACL', 'SETUSER', 'tenant', 'on', '>tenant', '~*', '&*', '+@all', '-info');
    const url = own.redisUrl.replace('redis://', 'redis://tenant:tenant@');
    const tenant = connectFailFast(url, recorded.log);

    settings = watchSettings(tenant, recorded.log, undefined, 50);
    await told('redis.info_denied');

    expect(settings.evictsBy()).toBeUndefined();
    await disconnect(tenant);
    expect(recorded.named('redis.info_denied')).toHaveLength(1);
  });
});
