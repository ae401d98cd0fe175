import { Registry } from 'prom-client';

/** What a scrape shows under names that begin so, by the rest of the name and the labels. */
export async function samples(metrics: Registry, prefix: string): Promise<Record<string, number>> {
  const lines = (await metrics.metrics()).split('\n').filter((line) => line.startsWith(prefix));
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', value] = line.slice(prefix.length).split(/ (?=\S+$)/);
      return [name.replace(/,?service="worker"/, '').replace('{}', ''), Number(value)];
    }),
  );
}
