import { WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { Producer } from '@bridgecore/runtime';
import { Redis } from 'ioredis';
import { flat, push } from './calls';
import { openPushGateway } from './running-gateway';

it('tells the worker how often, and how patiently, a job is tried', async () => {
  const gateway = await openPushGateway({ WEBHOOK_JOB_ATTEMPTS: 3, WEBHOOK_JOB_BACKOFF_MS: 20 });
  const redis = new Redis(gateway.redisUrl, { lazyConnect: true });
  await redis.connect();

  await push(gateway, flat());
  const [job] = await new Producer(WEBHOOK_EVENTS, redis).use((queue) => queue.getJobs(['waiting']));
  await redis.quit();
  await gateway.close();

  expect(job?.opts).toMatchObject({ attempts: 3, backoff: { type: 'exponential', delay: 20, jitter: 0.5 } });
});
