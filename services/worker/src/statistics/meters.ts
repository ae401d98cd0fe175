import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { Sample, scraped } from '../scraped';
import { readStatistics } from './store';

/** Shows the last statistics, whichever worker took them, and how old they are. */
export function showStatistics(registry: Registry, redis: Redis): void {
  const add = scraped(registry, () => readStatistics(redis));
  add('bridgecore_statistics_age_seconds', 'How long ago the statistics were taken.', [], function* (read) {
    if (read !== null) yield [{}, (Date.now() - read.at.getTime()) / 1_000];
  });
  add('bridgecore_queue_depth', 'Jobs in each queue, by state, in the last statistics.', ['queue', 'state'], (read) =>
    (read?.queues ?? []).flatMap(({ queue, jobs }) =>
      Object.entries(jobs).map(([state, count]): Sample => [{ queue, state }, Number(count)]),
    ),
  );
  const oldest = 'How long the oldest job that nobody worked on had been due in the last statistics; 0 for none.';
  add('bridgecore_queue_oldest_seconds', oldest, ['queue'], (read) =>
    (read?.queues ?? []).map(({ queue, oldest_seconds }): Sample => [{ queue }, oldest_seconds ?? 0]),
  );
  add('bridgecore_dead_letters_open', 'Open dead letters in the last statistics.', ['system'], (read) =>
    (read?.systems ?? []).map(({ system, dead_letters_open }): Sample => [{ system }, dead_letters_open]),
  );
  const lag = 'How long ago a page or a run of the system had last succeeded in the last statistics.';
  add('bridgecore_pull_lag_seconds', lag, ['system'], function* (read) {
    for (const { system, pull_lag_seconds } of read?.systems ?? []) {
      if (pull_lag_seconds !== null) yield [{ system }, pull_lag_seconds];
    }
  });
}
