/** One sample of a scrape, under the name that its metric has: a histogram's without `_bucket`, `_sum` and `_count`. */
export interface ScrapedSample {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a process shows to Prometheus. */
export interface Scrape {
  /** By name, also of metrics without a sample. */
  readonly types: ReadonlyMap<string, string>;
  readonly samples: readonly ScrapedSample[];
}

/** Reads Prometheus' text format, as far as we write it. */
export function parseExposition(text: string): Scrape {
  const types = new Map<string, string>();
  const samples: ScrapedSample[] = [];
  for (const line of text.split('\n')) {
    const [, named = '', type = ''] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (named !== '') types.set(named, type);
    const [, name = '', labels = '', value] = /^([a-z_0-9:]+)(?:\{(.*)\})? (\S+)$/i.exec(line) ?? [];
    if (name !== '') samples.push({ metric: metricOf(name, types), labels: labelsOf(labels), value: Number(value) });
  }
  return { types, samples };
}

function metricOf(name: string, types: ReadonlyMap<string, string>): string {
  const base = name.replace(/_(bucket|sum|count)$/, '');
  return types.get(base) === 'histogram' ? base : name;
}

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/gi)].map(([, name, value]) => [name, value]),
  ) as Record<string, string>;
}
