import { ODOO_PULL, QUEUES, TICKS, WEBHOOK_EVENTS } from '@bridgecore/contracts';
import { Producer, QueueFigures, queueReader } from '@bridgecore/runtime';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { Api } from '../api/api';
import { QueuesView } from '../api/shapes';
import { queuesInWords } from '../commands/queues';
import { counted } from '../text/prose';
import { ago, inWords } from '../text/time';
import { Found, failed, ok, warning } from './check';

/** What is due for so long is due because nobody takes it. */
const LATE_MS = 60_000;

/** Whether somebody makes the ticks: a tick makes the next one, so a chain that stands still is overdue. */
export async function lookAtScheduler(redis: Redis): Promise<Found> {
  const { schedules, last } = await new Producer(TICKS, redis).use(async (queue) => {
    const [found, done] = await Promise.all([queue.getJobSchedulers(0, -1), queue.getJobs(['completed'], 0, 0)]);
    return { schedules: found, last: done[0]?.finishedOn };
  });
  if (schedules.length === 0)
    return failed('there are no schedules in Redis', 'Start a scheduler: it puts them there.');
  const overdue = Math.max(...schedules.map(({ next }) => Date.now() - (next ?? Date.now())));
  const tick = last === undefined ? 'no tick yet' : `last tick ${ago(new Date(last).toISOString())}`;
  const text = `${counted(schedules.length, 'schedule')}, ${tick}`;
  if (overdue < LATE_MS) return ok(text);
  return failed(
    `${text}; the next is overdue by ${inWords(overdue / 1_000)}`,
    'Does a scheduler run? Look at its log.',
  );
}

/** The same, as far as the gateway can tell. */
export async function schedulerByGateway(api: Api): Promise<Found> {
  const { queues } = await api.get<QueuesView>('/api/v1/queues');
  const ticks = queues.find(({ queue }) => queue === TICKS.name);
  const late = ticks?.oldest_seconds ?? 0;
  if (late * 1_000 < LATE_MS) return ok('no tick is overdue');
  return failed(`a tick is overdue by ${inWords(late)}`, 'Does a scheduler run? Look at its log.');
}

/** Whether somebody takes what waits. */
export async function lookAtWorkers(redis: Redis): Promise<Found> {
  const queues = await queueReader(redis, QUEUES)();
  const connected = await Promise.all(
    [new Producer(WEBHOOK_EVENTS, redis), new Producer(ODOO_PULL, redis)].map((producer) =>
      producer.use((queue) => workersOn(queue, redis)),
    ),
  ).catch(() => undefined); // a managed Redis may deny CLIENT LIST
  return workersFound(queues, connected === undefined ? undefined : Math.min(...connected));
}

/** The list of connections is that of the whole server: another database's workers are not ours. */
async function workersOn(queue: Pick<Queue, 'getWorkers'>, { options: { db = 0 } }: Redis): Promise<number> {
  const workers = await queue.getWorkers();
  return workers.filter((worker) => Number(worker['db'] ?? db) === db).length;
}

/** The same, as far as the gateway can tell. */
export async function workersByGateway(api: Api): Promise<Found> {
  const { queues } = await api.get<QueuesView>('/api/v1/queues');
  return workersFound(queues, undefined);
}

/** What the queues tell of the workers. */
export function workersFound(queues: readonly QueueFigures[], connected: number | undefined): Found {
  const work = queues.filter(({ queue }) => queue !== TICKS.name);
  const oldest = Math.max(0, ...work.map(({ oldest_seconds: seconds }) => seconds ?? 0));
  const active = work.reduce((sum, { jobs }) => sum + jobs.active, 0);
  const stuck = work.filter(({ jobs, queue }) => queue === WEBHOOK_EVENTS.name && jobs.failed > 0);
  const who = connected === undefined ? '' : `${counted(connected, 'worker')} connected; `;
  const text = `${who}${uncapitalised(queuesInWords(queues).replace(/\.$/, ''))}`;
  if (connected === 0) return failed(text, 'Start a worker: nothing is recorded and nothing pulled without one.');
  if (oldest * 1_000 > LATE_MS && active === 0)
    return failed(text, 'Nobody works on it. Do workers run? Look at their /health/live and their log.');
  if (oldest * 1_000 > LATE_MS) return warning(text, 'They do not keep up: run more workers, or look at what is slow.');
  if (stuck.length > 0)
    return warning(
      text,
      'A worker moves failed jobs to the dead letters; what stays has a reason in its log (job.not_moved).',
    );
  return ok(text);
}

function uncapitalised(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
