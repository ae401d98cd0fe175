import { EventJob, REPLAY_PRIORITY, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { createTestRedis, until } from '@bridgecore/devkit';
import { connectFailFast, connectPatient, consume, disconnect, Producer } from '@bridgecore/runtime';
import { memoryLog, pushed } from './worker-stack';

it('replays after all that is live, also what comes later', async () => {
  const { url } = await createTestRedis();
  const log = memoryLog();
  const [redis, patient] = [connectFailFast(url, log), connectPatient(url, log)];
  await until(() => redis.status === 'ready', { what: 'Redis' });
  const queue = new Producer(WEBHOOK_EVENTS, redis);
  const live = (n: number): EventJob => ({ events: [pushed(n)], rejected: [] });
  const wish: EventJob = { events: [], rejected: [], replay: { ids: ['1'], key_id: null, correlation_id: 'c' } };
  const worked: string[] = [];
  const work = async ({ replay }: EventJob): Promise<object> => {
    worked.push(replay === undefined ? 'live' : 'replay');
    if (worked.length <= 5) await queue.add(live(100 + worked.length));
    return {};
  };

  await queue.add(wish, { priority: REPLAY_PRIORITY });
  for (let n = 0; n < 10; n += 1) await queue.add(live(n));
  const consumer = consume({ definition: WEBHOOK_EVENTS, concurrency: 1, redis: patient, log, work: work as never });
  await until(() => worked.length === 16, { what: 'every job to be worked' });

  expect(worked.slice(0, -1)).toEqual(Array.from({ length: 15 }, () => 'live'));
  expect(worked.at(-1)).toBe('replay');
  await consumer.close();
  await Promise.all([disconnect(redis), disconnect(patient)]);
});
