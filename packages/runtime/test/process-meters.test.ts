import { Registry } from 'prom-client';
import { Check, createMetrics, showReadiness, showShutdown } from '../src/index';

/** What is shown under our names. */
async function shown(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line.startsWith('bridgecore_'));
}

describe('the metrics of every process', () => {
  it('name the version that runs', async () => {
    expect(await shown(createMetrics('worker', '1.2.3'))).toEqual([
      'bridgecore_build_info{version="1.2.3",service="worker"} 1',
    ]);
  });

  it('show what readiness looks at as it is now, also what it looks at later, and no state that is none of it', async () => {
    const registry = new Registry();
    let redis: ReturnType<Check> = 'down';
    const checks: Record<string, Check> = { redis: () => redis };
    showReadiness(registry, checks);

    const before = await shown(registry);
    redis = 'up';
    checks['postgres'] = () => 'degraded';
    checks['process'] = () => 'ending' as never;
    const after = await shown(registry);

    expect(before).toEqual(['bridgecore_check_up{check="redis"} 0']);
    expect(after).toEqual(['bridgecore_check_up{check="redis"} 1', 'bridgecore_check_up{check="postgres"} 0']);
  });

  it('show that the process is about to end', async () => {
    const registry = new Registry();
    const shutdown = { hasBegun: false };
    showShutdown(registry, shutdown);

    const before = await shown(registry);
    shutdown.hasBegun = true;

    expect([...before, ...(await shown(registry))]).toEqual([
      'bridgecore_shutting_down 0',
      'bridgecore_shutting_down 1',
    ]);
  });
});
