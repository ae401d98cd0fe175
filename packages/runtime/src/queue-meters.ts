import { Registry } from 'prom-client';
import { QueueFigures } from './queue-figures';
import { Sample, scraped } from './scraped';

/** Shows how much is in the queues and for how long, read at each scrape; left out while Redis is away. */
export function showQueues(registry: Registry, read: () => Promise<QueueFigures[]>): void {
  const add = scraped(registry, read);
  add('bridgecore_queue_depth', 'Jobs in each queue, by state.', ['queue', 'state'], (queues) =>
    queues.flatMap(({ queue, jobs }) =>
      Object.entries(jobs).map(([state, count]): Sample => [{ queue, state }, count]),
    ),
  );
  const oldest = 'How long the oldest job that nobody works on has been due; 0 for none.';
  add('bridgecore_queue_oldest_seconds', oldest, ['queue'], (queues) =>
    queues.map(({ queue, oldest_seconds }): Sample => [{ queue }, oldest_seconds ?? 0]),
  );
}
